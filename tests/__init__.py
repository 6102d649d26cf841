"""The tests, in folders that mirror `portal/`; `house` holds the rules of the code itself, `tools` its scripts."""
