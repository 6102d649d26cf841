"""What a page says instead of what was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from portal.web.sentences import N_

PAGES: Mapping[str, tuple[str, str]] = {
    "bad_request": (
        N_("We could not read that request"),
        N_("Go back and try once more."),
    ),
    "not_allowed": (
        N_("That form has ended"),
        N_("Nothing was sent and no money has moved. Open the page again and try once more."),
    ),
    "not_found": (
        N_("Page not found"),
        N_("We cannot find that page or you may not see it."),
    ),
    "method_not_allowed": (
        N_("That page does not work this way"),
        N_("Go back and use the buttons of the page."),
    ),
    "payment_in_progress": (
        N_("You already have a payment in progress for this"),
        N_("See how it stands before you pay again."),
    ),
    "already_paid": (
        N_("This is already paid"),
        N_("Nothing is left to pay for it. Its receipt is with your payments."),
    ),
    "nothing_to_refund": (
        N_("Nothing can be sent back"),
        N_("This payment is not paid, or all of it has gone back or was asked back. See how it stands."),
    ),
    "deposit_returning": (
        N_("This deposit goes back another way"),
        N_("The lease ends, and what becomes of its deposit stands on a page of its own."),
    ),
    "in_dispute": (
        N_("The payer's bank asks this money back"),
        N_(
            "Until the bank has decided, nothing more can be sent back of this payment. We tell you how it ends."
        ),
    ),
    "no_exchange_rate": (
        N_("There is no exchange rate now"),
        N_(
            "What is to be paid is in US dollars, and we have no rate to say how many shillings that is. "
            "Nothing was sent and no money has moved. Try again later."
        ),
    ),
    "unchanged": (
        N_("Nothing was changed"),
        N_("The payment stands otherwise than it did when you opened its page. Open it again."),
    ),
    "key_reused": (
        N_("That form was sent before"),
        N_("It was sent with other answers. Check your payments before you pay again."),
    ),
    "link_ended": (
        N_("This link has ended"),
        N_("Ask for a new one from whoever sent it to you."),
    ),
    "too_large": (
        N_("That is too large"),
        N_("You sent more than this page can take. Go back and send less."),
    ),
    "refused": (
        N_("There is a problem"),
        N_("Go back and check what you typed."),
    ),
    "too_many": (
        N_("Too many tries. Wait %(minutes)s minutes"),
        N_("You can try again at %(until)s."),
    ),
    "too_many_for_a_minute": (
        N_("Too many tries. Wait 1 minute"),
        N_("You can try again at %(until)s."),
    ),
    "too_many_pushes": (
        N_("Wait a little"),
        N_("Too many requests to this number. Try again at %(until)s."),
    ),
    "too_many_pushes_of_yours": (
        N_("Wait a little"),
        N_("You have sent many requests. You can send the next one from %(day)s."),
    ),
    "too_many_by_link": (
        N_("Wait a little"),
        N_("Many requests were sent by this link. The next one can be sent from %(day)s."),
    ),
    "internal": (
        N_("Something went wrong on our side"),
        N_("Your money is safe: check your history before paying again."),
    ),
    "method_unavailable": (
        N_("That way to pay does not work now"),
        N_("No new request was sent to your phone. Check your payments before you choose another way."),
    ),
    "unavailable": (
        N_("The site is not ready now"),
        N_("Try again in a few minutes. Payments that you started go on."),
    ),
}
"""Heading and sentence by the code of an error."""
