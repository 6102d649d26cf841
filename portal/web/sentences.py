"""What the portal says when a field will not do. What it says on a whole page stands in `error_pages.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from babel.support import Translations

from portal.domain.errors import Refused
from portal.domain.money import Money
from portal.templating.formats import clock_text, money_text
from portal.templating.language import Language
from portal.templating.translations import load_translations


def N_(text: str) -> str:  # noqa: N802  (the name by which the extraction knows it)
    """Mark a string for the catalogue; it is translated when it is said."""
    return text


PROBLEMS: Mapping[tuple[str, str], str] = {
    ("bill", "empty"): N_("Choose what you want to pay"),
    ("bill", "apart"): N_(
        "These cannot be paid together. Choose bills of one home and one currency, and pay the others after"
    ),
    ("bill", "changed"): N_("Something you chose has been paid meanwhile. Check what is left, and continue"),
    ("bill", "too_many"): N_("Choose at most %(most)s at once, and pay the others after"),
    ("receipt_code", "booked"): N_(
        "This code is booked already: give the operator's code of the reversal itself"
    ),
    ("amount", "empty"): N_("Enter an amount"),
    ("amount", "not_a_number"): N_("Enter the amount in shillings, like 150,000"),
    ("amount", "decimals"): N_("Use whole shillings"),
    ("amount", "not_dollars"): N_("Enter the amount in US dollars, like 150.00"),
    ("amount", "range"): N_("Enter an amount from %(min)s to %(max)s"),
    ("amount", "full_only"): N_("Your landlord accepts only the full amount, %(max)s"),
    ("amount", "several_bills"): N_(
        "Another amount can be paid of one bill only. Choose one bill, or leave this empty"
    ),
    ("amount", "less_than_rent"): N_(
        "Your landlord accepts parts of at least one month's rent. "
        "Enter an amount from %(min)s to %(max)s, or all of it, %(whole)s"
    ),
    ("amount", "whole_by_rent"): N_("A part must be at least one month's rent. Pay all of this, %(whole)s"),
    ("amount", "leaves_too_little"): N_(
        "Enter an amount from %(min)s to %(max)s, or all of it, %(whole)s, so that what is left can be paid too"
    ),
    ("amount", "whole_only"): N_("This is too little to pay in parts. Pay all of it, %(whole)s"),
    ("amount", "beyond"): N_("Enter up to %(available)s"),
    ("amount", "or_all"): N_(
        "You chose all of it and wrote an amount. Choose “Less”, or empty the amount, so that we do not send too much"
    ),
    ("amount", "deposit"): N_("A deposit goes back as it was settled, not in part. Agree to all of it"),
    ("deposit", "changed"): N_("The deposit that is held changed to %(deposit)s. Check and confirm again"),
    ("deposit", "too_many"): N_("Use at most %(most)s lines"),
    ("claim_kind", "empty"): N_("Line %(number)s: choose what it is for"),
    ("claimed", "empty"): N_("Line %(number)s: enter an amount"),
    ("claimed", "not_a_number"): N_("Line %(number)s: enter the amount in shillings, like 150,000"),
    ("claimed", "not_dollars"): N_("Line %(number)s: enter the amount in US dollars, like 150.00"),
    ("claimed", "decimals"): N_("Line %(number)s: use whole shillings"),
    ("claimed", "beyond"): N_("Line %(number)s: only %(available)s of the deposit is left for it"),
    ("claim_note", "empty"): N_("Line %(number)s: write what happened, so that the tenant understands it"),
    ("claim_note", "length"): N_("Line %(number)s: write at most %(max)s characters"),
    ("answer", "empty"): N_("Line %(number)s: choose whether you agree"),
    ("answer", "both"): N_(
        "Line %(number)s: you agreed and wrote why not. Choose that you do not agree, or empty what you wrote"
    ),
    ("dispute_note", "empty"): N_("Line %(number)s: write why you do not agree"),
    ("dispute_note", "length"): N_("Line %(number)s: write at most %(max)s characters"),
    ("decided", "empty"): N_("Line %(number)s: enter an amount, or 0"),
    ("decided", "not_a_number"): N_("Line %(number)s: enter the amount in shillings, like 150,000"),
    ("decided", "not_dollars"): N_("Line %(number)s: enter the amount in US dollars, like 150.00"),
    ("decided", "decimals"): N_("Line %(number)s: use whole shillings"),
    ("decided", "beyond"): N_("Line %(number)s: enter up to %(available)s"),
    ("decided_note", "empty"): N_("Line %(number)s: write why, for both of them to read"),
    ("decided_note", "length"): N_("Line %(number)s: write at most %(max)s characters"),
    ("available", "changed"): N_("The amount available changed to %(available)s. Check and confirm again"),
    ("reason", "empty"): N_("Choose why the money should go back"),
    ("notes", "empty"): N_("Tell us why"),
    ("notes", "length"): N_("Write at most %(max)s characters"),
    ("note_why", "empty"): N_("Write why, so that the tenant can read it"),
    ("note_why", "length"): N_("Write at most %(max)s characters"),
    ("note_close", "empty"): N_("Write why, so that the tenant can read it"),
    ("note_close", "length"): N_("Write at most %(max)s characters"),
    ("note_went", "empty"): N_("Write how you know it"),
    ("note_went", "length"): N_("Write %(min)s to %(max)s characters"),
    ("note_not", "empty"): N_("Write how you know it"),
    ("note_not", "length"): N_("Write %(min)s to %(max)s characters"),
    ("refund_code", "empty"): N_("Enter the code of the money that went"),
    ("refund_code", "format"): N_("Enter 4 to 40 letters and digits, as they show them"),
    ("refund_code", "taken"): N_("This code belongs to other money. Check it with them"),
    ("bank_reference", "empty"): N_("Enter the bank's reference of the transfer"),
    ("bank_reference", "taken"): N_("Another refund was sent with this reference. Check it with the bank"),
    ("bank_reference", "format"): N_("Enter 4 to 40 letters and digits, as the bank shows them"),
    ("bank_reference", "paid_out"): N_("Another payout was done with this reference. Check it with the bank"),
    ("returned", "empty"): N_("Choose why the bank gave it back"),
    ("currency", "unknown"): N_("Choose a currency from the list"),
    ("method", "empty"): N_("Choose how you want to pay"),
    ("method", "switched_off"): N_("That way to pay is switched off now. Choose another way"),
    ("method", "limit"): N_("One payment this way can be from %(min)s to %(max)s. Choose another way"),
    ("method", "gone"): N_("You have deleted that card. Choose another way"),
    ("card", "unavailable"): N_("Cards cannot be saved now. Nothing was sent. Try again in a few minutes"),
    ("card", "too_many"): N_("You can save up to %(most)s. Delete one first"),
    ("method", "ended"): N_("This card has ended. Choose another way"),
    ("phone", "saved"): N_("You have saved this number already"),
    ("phone", "too_many"): N_("You can save up to %(most)s. Delete one first"),
    ("network", "empty"): N_("Choose the network that this number pays by"),
    ("nickname", "too_long"): N_("Use 30 characters or fewer"),
    ("nickname", "card"): N_("Never type the number of a card here"),
    ("bank", "empty"): N_("Enter the name of your bank"),
    ("bank", "length"): N_("Enter the name of your bank, like CRDB or NMB"),
    ("bank", "card"): N_("Never type the number of a card here"),
    ("holder", "empty"): N_("Enter the name of the account"),
    ("holder", "length"): N_("Enter the name as it stands on the account, in 3 to 60 letters"),
    ("holder", "card"): N_("Never type the number of a card here"),
    ("number", "empty"): N_("Enter the account number"),
    ("number", "format"): N_("Enter the 8 to 20 digits of the account number"),
    ("number", "card"): N_("This is the number of a card. Enter the number of the account"),
    ("number", "saved"): N_("You have saved this account already"),
    ("number", "too_many"): N_("You can save up to %(most)s. Delete one first"),
    ("day", "empty"): N_("Choose a day from the list"),
    ("hour", "empty"): N_("Choose a time from the list"),
    ("consent", "unknown"): N_("What you agree to has changed. Read it and press the button again"),
    ("save", "unknown"): N_("What you agree to has changed. Read it and tick again"),
    ("method", "not_now"): N_(
        "That way to pay does not work now, and no request was sent. Choose another way, or try again in a few minutes"
    ),
    ("phone", "empty"): N_("Enter a mobile number"),
    ("phone", "format"): N_("Enter a Tanzanian mobile number, like 0754 123 456"),
    ("phone", "foreign"): N_("This number is not from Tanzania. Use a +255 number or pay by card"),
    ("phone", "prompt_open"): N_(
        "%(phone)s already has a request that waits for an answer. "
        "Answer it on that phone, or refuse it there if it is not yours, and press Pay again"
    ),
    ("account", "empty"): N_("Choose the bank that you send to"),
    ("agreed", "not_your_phone"): N_("Tick to confirm that the owner of %(phone)s agreed to be asked"),
    ("total", "changed"): N_("The total has changed to %(total)s. Check it and press Pay again"),
    ("rate", "changed"): N_(
        "The exchange rate that you saw has ended. Check the new total and press Pay again"
    ),
    ("address", "empty"): N_("Enter your mobile number or e-mail address"),
    ("address", "format"): N_("Enter a mobile number like 0754 123 456, or an e-mail address"),
    ("address", "foreign"): N_("This number is not from Tanzania. Use a +255 number or an e-mail address"),
    ("code", "empty"): N_("Enter the code"),
    ("code", "wrong"): N_("That code is not right or has expired. Ask for a new one"),
    ("code", "number_instead"): N_(
        "That is the receipt's number. Enter its code: 12 letters and digits, beside the QR picture"
    ),
    ("claim", "empty"): N_("Enter the receipt code"),
    ("claim", "format"): N_("Enter the code exactly as in the SMS"),
    ("claim", "pin"): N_("Four digits are no receipt code. Never type your PIN here"),
    ("claim", "phone"): N_("This is a phone number. Enter the receipt code"),
    ("claim", "taken"): N_("That code already belongs to another payment"),
    ("receipt_code", "empty"): N_("Enter the receipt code that the operator shows"),
    ("receipt_code", "format"): N_("Enter 4 to 40 letters, digits and dots, as the operator shows them"),
    ("receipt_code", "taken"): N_(
        "Another payment was settled with this receipt code. Check it with the operator"
    ),
    ("note", "empty"): N_("Write how you know that no money came"),
    ("note", "length"): N_("Write %(min)s to %(max)s characters"),
    ("reference", "empty"): N_("Enter the reference of the payment that it is for"),
    ("reference", "format"): N_("Enter 12 letters and digits, as they stand on the payment's page"),
    ("reference", "unknown"): N_("No payment has this reference. Check it with the tenant"),
    ("reference", "other_way"): N_(
        "That payment is not by bank transfer. Ask the tenant to choose bank transfer, "
        "and give the money to that payment"
    ),
    ("reference", "other_currency"): N_("That payment is in another currency"),
    ("reference", "paid"): N_("That payment is paid already"),
    ("reference", "in_question"): N_("About that payment something else must be decided first"),
    ("reference", "same"): N_("It waits for the rest of that payment already"),
    ("chosen", "empty"): N_("Choose what the payer said"),
    ("word", "empty"): N_("Write how the payer told you"),
    ("word", "length"): N_("Write %(min)s to %(max)s characters"),
    ("why", "empty"): N_("Write how you know"),
    ("why", "length"): N_("Write %(min)s to %(max)s characters"),
    ("file", "empty"): N_("Choose the file that the bank gave you"),
    ("file", "too_large"): N_("Use a file up to 20 MB. Whoever runs the portal can read a larger one"),
    ("file", "report_too_large"): N_("Use a file up to 2 MB. Split a larger one into several"),
    ("file", "report_too_long"): N_("Use a file of up to 20,000 rows. Split a larger one into several"),
    ("file", "report_columns"): N_("The first line must name the columns code, gross and fee"),
    ("file", "report_encoding"): N_("Save the file as CSV in UTF-8, and bring it again"),
    ("provider", "unknown"): N_("Choose a provider from the list"),
    ("account", "unknown"): N_("Choose one of our accounts"),
    ("account", "off"): N_("Bank transfer is off: no account of ours is set"),
    ("alert", "empty"): N_("Choose the alert that you have seen to"),
    ("alert", "gone"): N_("That alert is closed already"),
    ("done", "empty"): N_("Write what you did"),
    ("done", "length"): N_("Write %(min)s to %(max)s characters"),
    ("note_en", "empty"): N_("Write in English why it is switched off"),
    ("note_en", "length"): N_("Write %(min)s to %(max)s characters"),
    ("note_sw", "empty"): N_("Write in Swahili why it is switched off"),
    ("note_sw", "length"): N_("Write %(min)s to %(max)s characters"),
    ("status", "unknown"): N_("Choose a status from the list"),
    ("month", "format"): N_("Choose a month from the list"),
}
"""By (field, problem) of a `Refused`; its facts fill the gaps."""


def problem(refusal: Refused, language: Language) -> str:
    """The sentence of a field that will not do."""
    return say(PROBLEMS[refusal.field, refusal.problem], language, refusal.facts)


def say(sentence: str, language: Language, facts: Mapping[str, object]) -> str:
    """A sentence of the tables in a language, its gaps filled."""
    filled = {name: _written(fact, language) for name, fact in facts.items()}
    return str(_translations(language).gettext(sentence)) % filled


@cache
def _translations(language: Language) -> Translations:
    return load_translations(language)


def _written(fact: object, language: Language) -> str:
    if isinstance(fact, Money):
        return money_text(fact, language)
    if isinstance(fact, datetime):
        return clock_text(fact, language)
    return str(fact)
