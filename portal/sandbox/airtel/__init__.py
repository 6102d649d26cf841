"""The twin of Airtel Money's Open API in Tanzania, mounted at `/airtel`: token, push and enquiry, as strict as the
documented wire format, and one callback for each end.

What no document says, it does so:
1. a new token ends the one before, and a token that is not live meets 401 with {error, error_description};
2. a missing or wrong country or currency in the headers is the router's refusal, in the body that of the bus;
3. an unknown field, and one of another type, meet ESB000008;
4. ends without a code of their own (a locked PIN, a busy phone) are failures that "do not honour";
5. a request that expired is called back as a failure, for a callback knows only TS and TF.
"""
