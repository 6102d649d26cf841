"""The twin of Vodacom's OpenAPI (M-Pesa Tanzania), mounted at `/vodacom`: session, push, query, reversal and payout, as
strict as the documented wire format. Its paths follow as documented: `/vodacom/sandbox/ipg/v2/vodacomTZN/getSession/`.

The results are final at once where the app has no callback address, and called back where it has one. What no document
says, it does so:
1. a session that is not live, not known or over meets 401 with a body that holds no INS code;
2. a phone that is busy with another prompt ends with INS-6, and one that nobody answers with INS-9;
3. queries know failures as `Cancelled` or `Expired`, and what is in flight as `N/A` or not yet (INS-23);
4. a missing or foreign Origin, and an unknown field, meet INS-21;
5. shillings have no cents: an amount with any is refused with INS-15.
"""
