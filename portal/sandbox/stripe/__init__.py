"""The twin of Stripe, mounted at `/stripe`: its API under `/stripe/v1`, as strict as the documented wire format, and
the hosted pages, where one of Stripe's own test cards is typed or a wallet's button pressed: to pay under `/stripe/c`,
to have a card kept under `/stripe/s`.

What people do at Stripe without the merchant is posted to `/stripe/console/{payment intent}/{act}` (`console.py`).

A card number is read, looked up, and forgotten: nothing keeps it and nothing logs it.

What no document says, or a sandbox can do simpler, it does so:
1. a session is known by the merchant's `client_reference_id`, which is the name of its fate too; the fate `card` is
   that of every session without one of its own;
2. one PaymentIntent per session, made with it, and shown from the first try on;
3. a session that ends without money has expired, as if it had been left alone;
4. an idempotency key is kept as long as the sandbox runs;
5. a charge cannot be held: what is approved is taken;
6. a PaymentIntent without a page is made to charge a saved card at once, and for nothing else;
7. a customer is made with the card that is entered on a page of mode `setup`, and keeps this card alone.
"""
