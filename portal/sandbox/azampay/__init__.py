"""The twin of AzamPay, mounted at `/azampay` with its three hosts below it (`authenticator`, `checkout`,
`disbursement`): token, push to a wallet, public key and status, as strict as the documented wire format.

What no document says, it does so:
1. a token ends by its time alone, and one that is not live meets 401, wrong credentials meet 423;
2. a wrong or unknown field of a push meets 400 with the field's name, an externalId that stands already 200 with
   `success` false, and so does a payer whose wallet is too busy;
3. the status is one word in `data`: that of the callback, empty while the prompt is open; for what it does not know
   `success` is false, with 404;
4. `message` is prose, and the reason for a failure stands nowhere else;
5. `reference` and `transactionId` are one and the same, `externalreference` is the wallet's own receipt.
"""
