"""The twin of Daraja, mounted at `/daraja`: access token, STK push and STK query, as strict as the
documented wire format.

It departs from Daraja in exactly three things:
1. numbers are 255XXXXXXXXX, and 254XXXXXXXXX is accepted too;
2. amounts are whole Tanzanian shillings;
3. the limit per push is TZS 3,000,000, from the table that all networks share (`limits.LIMITS_PER_PUSH`).
"""
