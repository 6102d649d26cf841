"""The twin of Daraja, mounted at `/daraja`: access token, STK push and STK query, reversal, payout and Transaction
Status, as strict as the documented wire format.

It departs from Daraja in exactly three things:
1. numbers are 255XXXXXXXXX, and 254XXXXXXXXX is accepted too;
2. amounts are whole Tanzanian shillings;
3. the limit per push is TZS 3,000,000, from the table that all networks share (`limits.LIMITS_PER_PUSH`).

What no document says, it does so: a reversal takes the whole of a payment and nothing less (else it ends in 2028), a
question about what nobody knows is never answered, and one about money that did not move is told "Failed".
"""
