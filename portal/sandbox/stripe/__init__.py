"""The twin of Stripe, mounted at `/stripe`: its API under `/stripe/v1`, as strict as the documented wire format, and
the hosted page under `/stripe/c`, where a payer types one of Stripe's own test cards or presses a wallet's button.

A card number is read, looked up, and forgotten: nothing keeps it and nothing logs it.

What no document says, or a sandbox can do simpler, it does so:
1. a session is known by the merchant's `client_reference_id`, which is the name of its fate too; the fate `card` is
   that of every session without one of its own;
2. one PaymentIntent per session, made with it, and shown from the first try on;
3. a session that ends without money has expired, as if it had been left alone;
4. an idempotency key is kept as long as the sandbox runs;
5. a charge cannot be held: what is approved is taken.
"""
