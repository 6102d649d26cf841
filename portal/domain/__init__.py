"""What a payment is, in plain Python: no I/O, no framework, no clock, no SQL."""
