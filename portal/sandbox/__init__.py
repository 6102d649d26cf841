"""The sandbox: a separate web app that plays M-Pesa and the payer's phone, and speaks only HTTP."""
