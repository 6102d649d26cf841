"""The twin of Mixx by Yas (Push BillPay), mounted at `/mixx`: token, push and callback, as strict as the documented
wire format. Its two addresses are `/mixx/<company>2DM-GetToken` and `/mixx/<company>2DM-PushBillpay`, as issued to a
merchant. Money is sent to a wallet at `/mixx/<company>2DM-A2W`, in XML.

In its menu a payer can begin by themselves (`menu.py`); the merchant is asked at the registered address `mixx-menu`.

There is no query: only the callback tells how a push ended. What no document says, it does so:
1. a refusal comes with HTTP 200 and repeats the ReferenceID that it read;
2. a token that is missing, unknown or over meets 401 with OAuth's `invalid_token`;
3. a ReferenceID that was used before, or does not begin with the biller code, meets DebitMandate-10-2020-V;
4. an unknown field, a wrong type or broken JSON meets DebitMandate-10-1000-E, which says nothing about the prompt;
5. a payer whose phone is busy with another prompt is over the frequency limit;
6. a disbursement whose REFERENCEID was used before meets TXNSTATUS 2018, which no document names, and one with a wrong
   PIN the status of an expired one.
"""
