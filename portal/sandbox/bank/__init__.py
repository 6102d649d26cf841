"""The simulated banks, mounted at `/bank`: nobody calls them and they call nobody.

A person sends a transfer on the page, takes one back, and downloads the statement in the three forms that banks give:
CSV, MT940 and camt.053. A reversal has the bank reference of what it takes back.
"""
