"""Every page in every state that a person can meet: on which stage, to whom, and how one comes there."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.journeys.exhibits import (
    BANKS,
    CARDS,
    DEPOSITS,
    ENDED,
    FRESH,
    GUEST,
    LATE,
    LINKS,
    NOT_PAID,
    PAYOUTS,
    RECORDS,
    REFUNDS,
    SAVED,
    SEVERAL,
    SPOILT,
    TAKEN_BACK,
    TROUBLE,
    WAITING,
    WALLETS,
    Exhibit,
)
from tests.journeys.stage import APPROVER, ASHA, BARAKA, ELIN, MOLLEL, NEEMA, OFFICE, PHONES, REHEMA
from tests.journeys.visitor import Visitor

Show = Callable[[Visitor, Exhibit], Awaitable[None]]
KWEKA = "Grace Kweka"
PHONE = "Which phone do you pay from?"
LONG = "x" * 70_000
HISTORY = "Your payments"
NO_MESSAGE = "No %(network)s message on your phone"
METHODS = "Saved ways to pay"
WHAT, HOW, CHECK = "What do you want to pay?", "How do you want to pay?", "Check before you pay"
CODE = "Enter the receipt code"
WHICH_BANK = "Which bank do you send to?"


@dataclass(frozen=True)
class Scene:
    """`heading` is the page's h1 in the catalogue; a picture of another page than it is called would lie."""

    name: str
    place: str
    who: str | None
    show: Show
    heading: str | None = None

    def __str__(self) -> str:
        return self.name


def at(path: str, status: int = 200) -> Show:
    """Straight to an address; `{name}` is what the exhibit knows by that name."""

    async def show(visitor: Visitor, exhibit: Exhibit) -> None:
        await visitor.open(path.format_map(exhibit.known), status=status)

    return show


def sent(path: str, button: str, *, status: int = 422, **typed: str) -> Show:
    """A form filled in and sent."""

    async def show(visitor: Visitor, exhibit: Exhibit) -> None:
        visitor.expected.add(status)
        await visitor.open(path.format_map(exhibit.known))
        for name, value in typed.items():
            await visitor.page.locator(f"main [name={name}]").first.fill(value)
        await visitor.press(button)
        await visitor.page.wait_for_load_state()

    return show


async def code_page(visitor: Visitor, exhibit: Exhibit) -> None:
    """Each language has an address of its own, for only so many codes go to one."""
    await visitor.open("/sign-in")
    await visitor.page.fill("#field-address", PHONES[{"en": ASHA, "sw": BARAKA}[visitor.language]])
    await visitor.press("Send me a code")
    await visitor.reads("Enter the code")


async def wrong_code(visitor: Visitor, exhibit: Exhibit) -> None:
    await code_page(visitor, exhibit)
    visitor.expected.add(422)
    await visitor.page.fill("#field-code", "123")
    await visitor.press("Sign in")
    await visitor.page.wait_for_selector("#errors")


async def agree_to_other_phone(visitor: Visitor, exhibit: Exhibit) -> None:
    await sent("/pay/details?draft={draft}", "Continue", phone="0765 000 111")(visitor, exhibit)
    await visitor.page.wait_for_selector("[name=agreed]")


async def another_total(visitor: Visitor, exhibit: Exhibit) -> None:
    """A page that is older than the fees."""
    visitor.expected.add(422)
    await visitor.open(f"/pay/check?draft={exhibit.known['draft']}")
    await visitor.page.evaluate("document.querySelector('[name=total]').value = '1'")
    await visitor.page.get_by_role("button", name=re.compile("453,500")).click()
    await visitor.page.wait_for_selector("#errors")


async def ended_form(visitor: Visitor, exhibit: Exhibit) -> None:
    """The browser has forgotten who it was."""
    visitor.expected.add(403)
    await visitor.open("/sign-in")
    await visitor.context.clear_cookies()
    await visitor.press("Send me a code")


def by_link(path: str, status: int = 200) -> Show:
    """In the browser of the one who comes by a link."""

    async def show(visitor: Visitor, exhibit: Exhibit) -> None:
        url = exhibit.stage.base_url
        await visitor.context.add_cookies([{"name": "visitor", "value": GUEST, "url": url}])
        await visitor.open(path.format_map(exhibit.known), status=status)

    return show


async def link_opened(visitor: Visitor, exhibit: Exhibit) -> None:
    await visitor.open(f"/pay/{exhibit.known['open-first']}")
    await visitor.page.locator("#link summary").click()
    await visitor.page.get_by_text(
        visitor.say("When somebody pays by this link, this page shows it.")
    ).wait_for()


async def tick_two(visitor: Visitor, exhibit: Exhibit) -> None:
    await visitor.open("/pay")
    for name in ("Deposit", "Rent"):
        await visitor.page.locator("main .choice label").filter(has_text=visitor.say(name)).click()


def phone(number: str) -> Show:
    async def show(visitor: Visitor, exhibit: Exhibit) -> None:
        await visitor.open(f"{exhibit.stage.sandbox.base_url}/{number}")

    return show


def outside(name: str) -> Show:
    """A page of the simulated provider's."""

    async def show(visitor: Visitor, exhibit: Exhibit) -> None:
        await visitor.open(exhibit.known[name])

    return show


def status(place: str, name: str, heading: str, who: str = ASHA, prefix: str = "status") -> Scene:
    return Scene(f"{prefix}-{name}", place, who, at(f"/pay/{{{name}}}"), heading)


async def checked_deposit(visitor: Visitor, exhibit: Exhibit) -> None:
    """A line and its sums, before the lease ends."""
    await visitor.open(f"/landlord/deposits/{exhibit.known['held']}/end")
    await visitor.page.select_option("[name=claim_kind_1]", "CLEANING")
    await visitor.page.fill("[name=claimed_1]", "60,000")
    await visitor.page.fill("[name=claim_note_1]", "The kitchen and the bath were left dirty.")
    await visitor.press("Continue")


async def receipt_of_deposit(visitor: Visitor, exhibit: Exhibit) -> None:
    """Of a deposit that was settled."""
    payment = await exhibit.stage.newest(NEEMA)
    assert payment.receipt
    await visitor.open(f"/r/{payment.receipt.address}")


SCENES = [
    Scene("sign-in", FRESH, None, at("/sign-in"), "Sign in"),
    Scene("sign-in-wrong", FRESH, None, sent("/sign-in", "Send me a code", address="0754 12"), "Sign in"),
    Scene("sign-in-code", FRESH, None, code_page, "Enter the code"),
    Scene("sign-in-code-wrong", FRESH, None, wrong_code, "Enter the code"),
    Scene("home", FRESH, ASHA, at("/"), "Your rent"),
    Scene("home-under-way", WAITING, ASHA, at("/"), "Your rent"),
    Scene("home-part-paid", RECORDS, BARAKA, at("/"), "Your rent"),
    Scene("home-nothing-due", LATE, ASHA, at("/"), "Your rent"),
    Scene("pay-what", FRESH, ASHA, at("/pay"), WHAT),
    Scene("pay-what-wrong", FRESH, ASHA, sent("/pay", "Continue"), WHAT),
    Scene("pay-what-part", FRESH, BARAKA, at("/pay"), WHAT),
    Scene("pay-what-part-wrong", FRESH, BARAKA, sent("/pay", "Continue", amount="20,5x"), WHAT),
    Scene("pay-what-under-way", WAITING, ASHA, at("/pay"), WHAT),
    Scene("pay-what-nothing", LATE, ASHA, at("/pay"), WHAT),
    Scene("pay-how", FRESH, ASHA, at("/pay/method?draft={draft}"), HOW),
    Scene("pay-how-wrong", FRESH, BARAKA, sent("/pay/method?draft={unguessed}", "Continue"), HOW),
    Scene("pay-how-too-large", FRESH, NEEMA, at("/pay/method?draft={large}"), HOW),
    Scene("pay-phone", FRESH, ASHA, at("/pay/details?draft={draft}"), PHONE),
    Scene("pay-phone-wrong", FRESH, ASHA, sent("/pay/details?draft={draft}", "Continue", phone="0754 12"), PHONE),
    Scene("pay-phone-of-other", FRESH, ASHA, agree_to_other_phone, PHONE),
    Scene("pay-check", FRESH, ASHA, at("/pay/check?draft={draft}"), CHECK),
    Scene("pay-check-moved", FRESH, ASHA, at("/pay/check?draft={moved}"), CHECK),
    Scene("pay-check-changed", FRESH, ASHA, another_total, CHECK),
    status(FRESH, "sending", "Sending the request to your phone", BARAKA),
    status(WAITING, "waiting", "Check your phone"),
    status(WAITING, "still-open", "The request is still open on your phone", BARAKA),
    status(WAITING, "processing", "%(network)s is confirming your payment"),
    status(WAITING, "uncertain", "We do not have the answer yet", BARAKA),
    status(WAITING, "wrong-amount", "We are checking the amount", NEEMA),
    Scene("status-asked", WAITING, ASHA, at("/pay/{waiting}?asked=1"), "Check your phone"),
    status(RECORDS, "paid", "Paid"),
    status(RECORDS, "part", "Part paid", BARAKA),
    status(LATE, "late", "Paid. Your payment arrived late"),
    status(LATE, "twice", "You paid twice"),
    status(LATE, "kept", "Your extra money counts towards your bills", BARAKA),
    Scene("home-twice", LATE, ASHA, at("/"), "Your rent"),
    Scene("home-kept", LATE, BARAKA, at("/"), "Your rent"),
    Scene("detail-kept", LATE, BARAKA, at("/payments/{kept}")),
    *(status(RECORDS, name, "Not paid") for name in (*NOT_PAID, "refused")),
    status(RECORDS, "cancelled", "Payment cancelled"),
    status(RECORDS, "expired", "This request has ended"),
    Scene("wallets-how", WALLETS, ASHA, at("/pay/method?draft={moved}"), HOW),
    Scene("wallets-too-large", WALLETS, NEEMA, at("/pay/method?draft={large}"), HOW),
    Scene("wallets-phone-moved", WALLETS, ASHA, at("/pay/details?draft={moved}"), PHONE),
    Scene("wallets-phone-mixx", WALLETS, BARAKA, at("/pay/details?draft={mixx}"), PHONE),
    Scene("wallets-check-mixx", WALLETS, ASHA, at("/pay/check?draft={mixx-check}"), CHECK),
    Scene("wallets-phone-azampesa", WALLETS, BARAKA, at("/pay/details?draft={azampesa}"), PHONE),
    Scene("wallets-check-airtel", WALLETS, ASHA, at("/pay/check?draft={airtel-check}"), CHECK),
    status(WALLETS, "mixx-waiting", "Check your phone", BARAKA),
    status(WALLETS, "airtel-waiting", "Check your phone", NEEMA),
    status(WALLETS, "mixx-unsure", "We do not have the answer yet", BARAKA),
    status(WALLETS, "mixx-failed", "Not paid"),
    status(WALLETS, "airtel-paid", "Paid"),
    Scene("wallets-detail-mixx", WALLETS, ASHA, at("/payments/{mixx-failed}")),
    Scene("wallets-history", WALLETS, ASHA, at("/payments"), HISTORY),
    Scene("wallets-receipt", WALLETS, ASHA, at("/r/{receipt}"), "Receipt"),
    Scene("wallets-office", WALLETS, OFFICE, at("/ops"), "Payments that need a person"),
    Scene("wallets-landlord", WALLETS, MOLLEL, at("/landlord"), "What was paid to you"),
    Scene("wallets-fees", WALLETS, None, at("/fees"), "Fees"),
    Scene("claim", WALLETS, BARAKA, at("/pay/{mixx-unsure}/claim"), CODE),
    Scene("claim-wrong", WALLETS, BARAKA, sent("/pay/{mixx-unsure}/claim", "Look for my payment", claim="1234"), CODE),
    Scene("claim-office", WALLETS, OFFICE, at("/ops/payments/{mixx-unsure}")),
    Scene("methods", SAVED, ASHA, at("/methods"), METHODS),
    Scene("methods-done", SAVED, ASHA, at("/methods?done=added"), METHODS),
    Scene("methods-empty", SAVED, BARAKA, at("/methods"), METHODS),
    Scene("methods-add", SAVED, ASHA, at("/methods/add"), "Add a phone"),
    Scene("methods-add-wrong", SAVED, ASHA, sent("/methods/add", "Save this number", phone="0621 5"), "Add a phone"),
    Scene("methods-account", SAVED, ASHA, at("/methods/add?kind=account"), "Add a bank account"),
    Scene("methods-account-wrong", SAVED, ASHA, sent("/methods/add?kind=account", "Save this account"), None),
    Scene("methods-card", SAVED, ASHA, at("/methods/add?kind=card"), "Add a card"),
    Scene("methods-card-page", SAVED, ASHA, at("/methods/{entering}/card"), "Enter the card"),
    Scene("methods-card-back", SAVED, ASHA, at("/methods/{entering}/card?back=1"), "Enter the card"),
    Scene("methods-card-asked", SAVED, ASHA, at("/methods/{entering}/card?asked=1"), "Enter the card"),
    Scene("methods-code", SAVED, ASHA, at("/methods/{waiting}/verify"), "Enter the code"),
    Scene("methods-code-wrong", SAVED, ASHA, sent("/methods/{waiting}/verify", "Save this number"), "Enter the code"),
    Scene("methods-rename", SAVED, ASHA, at("/methods/{account}/rename"), "Rename"),
    Scene("methods-rename-wrong", SAVED, ASHA, sent("/methods/{own}/rename", "Save the name", nickname="x" * 31)),
    Scene("methods-month", SAVED, ASHA, at("/methods/{own}/schedule"), "Rent each month"),
    Scene("methods-delete", SAVED, ASHA, at("/methods/{own}/delete"), "Delete this way to pay?"),
    Scene("saved-check-card", SAVED, ASHA, at("/pay/check?draft={by-card}"), CHECK),
    Scene("saved-how", SAVED, ASHA, at("/pay/method?draft={draft}"), HOW),
    Scene("link-pay", LINKS, None, at("{open}"), "Pay for somebody else"),
    Scene("link-pay-wrong", LINKS, None, sent("{open}", "Continue"), "Pay for somebody else"),
    Scene("link-phone", LINKS, None, by_link("{open}/phone?draft={draft}"), PHONE),
    Scene("link-check", LINKS, None, by_link("{open}/check?draft={draft}"), CHECK),
    Scene("link-check-phone", LINKS, None, by_link("{waiting}?draft={waiting-draft}"), "Check your phone"),
    Scene("link-under-way", LINKS, None, at("{waiting}"), "A payment is under way"),
    Scene("link-paid", LINKS, None, by_link("{paid}?draft={paid-draft}"), "Paid"),
    Scene("link-paid-before", LINKS, None, at("{paid}"), "Paid"),
    Scene("link-not-paid", LINKS, None, by_link("{failed}?draft={failed-draft}"), "Not paid"),
    Scene("link-ended", LINKS, None, at("{ended}", 410), "This link has ended"),
    Scene("status-link", LINKS, ASHA, link_opened, "Not paid"),
    status(LINKS, "waiting-payment", "Somebody is paying by your link", BARAKA),
    status(LINKS, "failed-payment", "Not paid", NEEMA),
    status(LINKS, "sent-here", "Paid"),
    Scene("pay-what-not-back", LINKS, ASHA, at("/pay?return_to=https%3A%2F%2Fother.example%2F"), WHAT),
    Scene("status-transfer", LINKS, BARAKA, at("/pay/{transfer}")),
    Scene("link-receipt", LINKS, ASHA, at("/r/{receipt}"), "Receipt"),
    Scene("card-how", CARDS, ASHA, at("/pay/method?draft={draft}"), HOW),
    Scene("card-check", CARDS, BARAKA, at("/pay/check?draft={check}"), CHECK),
    status(CARDS, "waiting", "Continue to the card page", prefix="card"),
    status(CARDS, "tried", "The card did not go through", BARAKA, prefix="card"),
    status(CARDS, "silent", "%(network)s does not answer yet", prefix="card"),
    status(CARDS, "paid", "Paid", prefix="card"),
    status(CARDS, "failed", "Not paid", NEEMA, prefix="card"),
    Scene("card-came-back", CARDS, ASHA, at("/pay/{waiting}/return"), "We are asking how it went"),
    Scene("card-cancel", CARDS, ASHA, at("/pay/{waiting}/cancel"), "Cancel this payment?"),
    Scene("card-detail", CARDS, BARAKA, at("/payments/{tried}")),
    Scene("card-receipt", CARDS, ASHA, at("/r/{receipt}"), "Receipt"),
    Scene("card-history", CARDS, ASHA, at("/payments"), HISTORY),
    Scene("card-office", CARDS, OFFICE, at("/ops"), "Payments that need a person"),
    Scene("card-office-payment", CARDS, OFFICE, at("/ops/payments/{tried}")),
    Scene("card-help", CARDS, None, at("/help"), "Help"),
    Scene("card-fees", CARDS, None, at("/fees"), "Fees"),
    Scene("menu", CARDS, REHEMA, at("/pay/menu"), "Pay without internet"),
    Scene("menu-home", CARDS, REHEMA, at("/"), "Your rent"),
    Scene("menu-detail", CARDS, REHEMA, at("/payments/{in-menu}")),
    Scene("menu-receipt", CARDS, REHEMA, at("/r/{menu-receipt}"), "Receipt"),
    Scene("phone-menu", CARDS, None, outside("phone-menu")),
    Scene("stripe-page", CARDS, None, outside("page-waiting")),
    Scene("stripe-page-declined", CARDS, None, outside("page-tried")),
    Scene("stripe-page-bank", CARDS, None, outside("page-at-the-bank")),
    Scene("several-what", FRESH, ASHA, tick_two, WHAT),
    Scene("several-check", FRESH, ASHA, at("/pay/check?draft={several}"), CHECK),
    Scene("several-too-large", FRESH, NEEMA, at("/pay/method?draft={large-several}"), HOW),
    Scene("several-under-way", SEVERAL, BARAKA, at("/pay"), WHAT),
    status(SEVERAL, "several-waiting", "Check your phone", BARAKA),
    status(SEVERAL, "several-no-balance", "Not paid"),
    status(SEVERAL, "several-paid", "Paid"),
    Scene("several-receipt", SEVERAL, ASHA, at("/r/{receipt}"), "Receipt"),
    Scene("several-verify", SEVERAL, None, at("/v/{receipt_code}"), "Check a receipt"),
    Scene("several-history", SEVERAL, ASHA, at("/payments"), HISTORY),
    Scene("several-detail", SEVERAL, ASHA, at("/payments/{several-paid}")),
    Scene("several-landlord", SEVERAL, MOLLEL, at("/landlord"), "What was paid to you"),
    Scene("dollars-what", FRESH, ELIN, at("/pay"), WHAT),
    Scene("dollars-how", FRESH, ELIN, at("/pay/method?draft={dollars}"), HOW),
    Scene("dollars-check", FRESH, ELIN, at("/pay/check?draft={dollars}"), CHECK),
    Scene("dollars-paid", SEVERAL, ELIN, at("/pay/{dollars-paid}"), "Paid"),
    Scene("dollars-detail", SEVERAL, ELIN, at("/payments/{dollars-paid}")),
    Scene("dollars-receipt", SEVERAL, ELIN, at("/r/{dollars-receipt}"), "Receipt"),
    Scene("dollars-verify", SEVERAL, None, at("/v/{dollars-receipt_code}"), "Check a receipt"),
    Scene("cancel", WAITING, ASHA, at("/pay/{waiting}/cancel"), "Cancel this payment?"),
    Scene("receipt", RECORDS, ASHA, at("/r/{receipt}"), "Receipt"),
    Scene("receipt-rent", RECORDS, ASHA, at("/r/{receipt-rent}"), "Receipt"),
    Scene("receipt-part", RECORDS, BARAKA, at("/r/{receipt-part}")),
    Scene("receipt-being-printed", WAITING, ASHA, at("/r/{receipt}"), "Receipt"),
    Scene("receipt-pdf-not-yet", WAITING, ASHA, at("/r/{receipt}.pdf", 202), "Your PDF is being prepared"),
    Scene("verify", RECORDS, None, at("/v"), "Check a receipt"),
    Scene("verify-genuine", RECORDS, None, at("/v/{receipt_code}"), "Check a receipt"),
    Scene("verify-not-found", RECORDS, None, at("/v/7K29QXM4AB1C", 404), "Check a receipt"),
    Scene("verify-number-instead", RECORDS, None, at("/v?code=26-000001", 422), "Check a receipt"),
    Scene("history", RECORDS, ASHA, at("/payments"), HISTORY),
    Scene("history-filtered", RECORDS, ASHA, at("/payments?status=completed"), HISTORY),
    Scene("history-filtered-empty", RECORDS, ASHA, at("/payments?month=2026-01"), HISTORY),
    Scene("history-empty", FRESH, NEEMA, at("/payments"), HISTORY),
    Scene("detail-paid", RECORDS, ASHA, at("/payments/{rent}")),
    Scene("detail-not-paid", RECORDS, ASHA, at("/payments/{no-balance}")),
    Scene("detail-uncertain", WAITING, BARAKA, at("/payments/{uncertain}")),
    Scene("detail-wrong-amount", WAITING, NEEMA, at("/payments/{wrong-amount}")),
    Scene("detail-twice", LATE, ASHA, at("/payments/{twice}")),
    Scene("payouts", PAYOUTS, OFFICE, at("/ops/payouts"), "Payouts"),
    Scene("payout-prepared", PAYOUTS, APPROVER, at("/ops/payouts/{prepared}")),
    Scene("payout-paid", PAYOUTS, OFFICE, at("/ops/payouts/{paid-out}")),
    Scene("payout-line", PAYOUTS, OFFICE, at("/ops/payouts/{paid-out}/1")),
    Scene("payout-line-wrong", PAYOUTS, OFFICE, sent("/ops/payouts/{paid-out}/1", "The bank gave it back")),
    Scene("payout-payment", PAYOUTS, OFFICE, at("/ops/payments/{rent}")),
    Scene("payees", PAYOUTS, OFFICE, at("/ops/payees"), "Bank accounts that money goes to"),
    Scene("payee", PAYOUTS, APPROVER, at("/ops/payees/MOL")),
    Scene("payee-wrong", PAYOUTS, OFFICE, sent("/ops/payees/KWE", "Save, to be confirmed", bank="CRDB")),
    Scene("landlord-money", PAYOUTS, MOLLEL, at("/landlord"), "What was paid to you"),
    Scene("landlord-nowhere", PAYOUTS, KWEKA, at("/landlord"), "What was paid to you"),
    Scene("landlord-account", PAYOUTS, MOLLEL, at("/landlord/account"), "Your bank account"),
    Scene("landlord-account-wrong", PAYOUTS, KWEKA, sent("/landlord/account", "Save this account", bank="CRDB")),
    Scene("landlord-statement", PAYOUTS, MOLLEL, at("/landlord/statement"), "Your statement"),
    Scene("landlord-payout", PAYOUTS, MOLLEL, at("/landlord/payouts/{paid-out}"), "Sent to your bank account"),
    Scene("landlord-disputed", PAYOUTS, KWEKA, at("/landlord")),
    Scene("office-owing", PAYOUTS, OFFICE, at("/ops")),
    Scene("closes", PAYOUTS, OFFICE, at("/ops/close"), "Daily close"),
    Scene("close", PAYOUTS, OFFICE, at("/ops/close/2026-03-03")),
    Scene("costs", PAYOUTS, OFFICE, at("/ops/costs"), "Provider costs"),
    Scene("landlord", RECORDS, MOLLEL, at("/landlord"), "What was paid to you"),
    Scene("why-total", RECORDS, ASHA, at("/why/{paid}/total"), "Total paid"),
    Scene("why-all", RECORDS, ASHA, at("/why/{paid}"), "Where the money of this payment is"),
    Scene("why-asked-only", RECORDS, ASHA, at("/why/{no-balance}/total"), "Total paid"),
    Scene("why-landlord", RECORDS, MOLLEL, at("/why/{paid}/net"), "Left to the landlord"),
    Scene("why-landlord-all", RECORDS, MOLLEL, at("/why/{paid}"), "What is yours of this payment"),
    Scene("why-office", RECORDS, OFFICE, at("/why/{paid}/total"), "Total paid"),
    Scene("ledger", RECORDS, OFFICE, at("/ops/ledger"), "Ledger"),
    Scene("ledger-account", RECORDS, OFFICE, at("/ops/ledger/fee:platform"), "Platform fee"),
    Scene("landlord-empty", RECORDS, KWEKA, at("/landlord"), "What was paid to you"),
    Scene("landlord-receipt", RECORDS, MOLLEL, at("/r/{receipt}"), "Receipt"),
    Scene("bank-choose", BANKS, ASHA, at("/pay/details?draft={draft}"), WHICH_BANK),
    Scene("bank-choose-wrong", BANKS, ASHA, sent("/pay/details?draft={draft}", "Continue"), WHICH_BANK),
    Scene("bank-where", BANKS, ASHA, at("/pay/{waiting}/bank")),
    Scene("bank-where-part", BANKS, BARAKA, at("/pay/{part}/bank")),
    Scene("bank-home", BANKS, ASHA, at("/"), "Your rent"),
    Scene("bank-cancel", BANKS, BARAKA, at("/pay/{part}/cancel"), "Cancel this payment?"),
    Scene("bank-detail", BANKS, BARAKA, at("/payments/{part}")),
    Scene("bank-receipt", BANKS, NEEMA, at("/r/{receipt}"), "Receipt"),
    Scene("bank-status", BANKS, ASHA, at("/pay/{waiting}")),
    Scene("bank-status-part", BANKS, BARAKA, at("/pay/{part}")),
    Scene("bank-status-paid", BANKS, NEEMA, at("/pay/{paid}"), "Paid"),
    Scene("bank-status-ended", BANKS, ASHA, at("/pay/{ended}"), "This request has ended"),
    Scene("bank-status-cancelled", BANKS, BARAKA, at("/pay/{cancelled}"), "Payment cancelled"),
    status(TAKEN_BACK, "reversed", "This payment was reversed", prefix="back"),
    status(TAKEN_BACK, "bank-took", "This payment was reversed", BARAKA, prefix="back"),
    status(TAKEN_BACK, "bank-asks", "Your bank asks this money back", NEEMA, prefix="back"),
    status(TAKEN_BACK, "won", "Paid", REHEMA, prefix="back"),
    Scene("back-home", TAKEN_BACK, ASHA, at("/"), "Your rent"),
    Scene("back-detail", TAKEN_BACK, ASHA, at("/payments/{reversed}")),
    Scene("back-refund", TAKEN_BACK, ASHA, at("/refunds/{reversed-refund}"), "Money back"),
    Scene("back-refund-won", TAKEN_BACK, REHEMA, at("/refunds/{won-refund}"), "Money back"),
    Scene("back-receipt", TAKEN_BACK, ASHA, at("/r/{reversed-receipt}")),
    Scene("back-verify", TAKEN_BACK, None, at("/v/{reversed-code}"), "Check a receipt"),
    Scene("back-landlord", TAKEN_BACK, MOLLEL, at("/landlord"), "What was paid to you"),
    Scene("back-landlord-refunds", TAKEN_BACK, MOLLEL, at("/landlord/refunds"), "Refunds"),
    Scene("back-office", TAKEN_BACK, OFFICE, at("/ops"), "Payments that need a person"),
    Scene("back-office-queue", TAKEN_BACK, OFFICE, at("/ops/queue/returned"), "Taken back"),
    Scene("back-office-queue-empty", FRESH, OFFICE, at("/ops/queue/returned"), "Taken back"),
    Scene("back-office-payment", TAKEN_BACK, OFFICE, at("/ops/payments/{bank-took}")),
    Scene("back-office-found", TAKEN_BACK, OFFICE, at("/ops/payments/{won}")),
    Scene("back-deposit", TAKEN_BACK, NEEMA, at("/deposits/{deposit-disputed}")),
    Scene("back-deposit-office", TAKEN_BACK, OFFICE, at("/ops/queue/deposits/{deposit-disputed}")),
    Scene("back-deposit-gone", TAKEN_BACK, OFFICE, at("/ops/queue/deposits/{deposit-gone}")),
    Scene("back-office-refund", TAKEN_BACK, OFFICE, at("/ops/queue/refunds/{bank-took-refund}")),
    Scene("suspense", BANKS, OFFICE, at("/ops/queue/suspense"), "Money in suspense"),
    Scene("suspense-empty", FRESH, OFFICE, at("/ops/queue/suspense"), "Money in suspense"),
    Scene("suspense-line", BANKS, OFFICE, at("/ops/queue/suspense/{line}")),
    Scene("suspense-line-wrong", BANKS, OFFICE, sent("/ops/queue/suspense/{line}", "Propose: for this payment")),
    Scene("suspense-proposed", BANKS, OFFICE, at("/ops/queue/suspense/{proposed}")),
    Scene("suspense-to-confirm", BANKS, APPROVER, at("/ops/queue/suspense/{proposed}")),
    Scene("statements", BANKS, OFFICE, at("/ops/statements"), "Bank statements"),
    Scene("statements-wrong", BANKS, OFFICE, sent("/ops/statements", "Bring the statement"), "Bank statements"),
    Scene("statements-off", FRESH, OFFICE, at("/ops/statements"), "Bank statements"),
    Scene("statement", BANKS, OFFICE, at("/ops/statements/{statement}")),
    Scene("statement-unreadable", BANKS, OFFICE, at("/ops/statements/{unreadable}")),
    Scene("statement-unread", BANKS, OFFICE, at("/ops/statements/{unread}")),
    Scene("office", WAITING, OFFICE, at("/ops"), "Payments that need a person"),
    Scene("office-payment", WAITING, OFFICE, at("/ops/payments/{uncertain}")),
    Scene("office-empty", FRESH, OFFICE, at("/ops"), "Payments that need a person"),
    Scene("refund-asked", REFUNDS, ASHA, at("/refunds/{asked}"), "Money back"),
    Scene("refund-silent", REFUNDS, ASHA, at("/refunds/{silent}"), "Money back"),
    Scene("refund-failed", REFUNDS, BARAKA, at("/refunds/{failed}"), "Money back"),
    Scene("refund-returned", REFUNDS, BARAKA, at("/refunds/{returned}"), "Money back"),
    Scene("refund-closed", REFUNDS, NEEMA, at("/refunds/{closed}"), "Money back"),
    Scene("office-refunds", REFUNDS, OFFICE, at("/ops/queue/refunds"), "Refunds"),
    Scene("office-refunds-told", REFUNDS, OFFICE, at("/ops"), "Payments that need a person"),
    Scene("office-refund-silent", REFUNDS, OFFICE, at("/ops/queue/refunds/{silent}")),
    Scene("office-refund-wrong", REFUNDS, OFFICE, sent("/ops/queue/refunds/{silent}", "Propose: the money went")),
    Scene("office-refund-found", REFUNDS, APPROVER, at("/ops/queue/refunds/{found}")),
    Scene("office-refund-failed", REFUNDS, OFFICE, at("/ops/queue/refunds/{failed}")),
    Scene("office-refund-returned", REFUNDS, OFFICE, at("/ops/queue/refunds/{returned}")),
    Scene("office-refund-by-hand", REFUNDS, OFFICE, at("/ops/queue/refunds/{by-hand}")),
    Scene("office-refund-taken", REFUNDS, APPROVER, at("/ops/queue/refunds/{by-hand}")),
    Scene("office-twice", LATE, OFFICE, at("/ops/payments/{twice}")),
    Scene("office-twice-wrong", LATE, OFFICE, sent("/ops/payments/{twice}", "Do as the payer said")),
    Scene("office-kept", LATE, OFFICE, at("/ops/payments/{kept}")),
    status(ENDED, "given-back", "The money went back", NEEMA, prefix="ended"),
    Scene("ended-detail", ENDED, NEEMA, at("/payments/{given-back}")),
    Scene("ended-office", ENDED, OFFICE, at("/ops"), "Payments that need a person"),
    Scene("ended-office-wrong", ENDED, OFFICE, at("/ops/payments/{wrong}")),
    Scene("ended-office-overtaken", ENDED, APPROVER, at("/ops/payments/{overtaken}")),
    Scene("ended-office-given-back", ENDED, OFFICE, at("/ops/payments/{given-back}")),
    Scene("ended-office-refunds", ENDED, OFFICE, at("/ops/queue/refunds"), "Refunds"),
    Scene("ended-refund-stuck", ENDED, ASHA, at("/refunds/{stuck}"), "Money back"),
    Scene("ended-office-stuck", ENDED, OFFICE, at("/ops/queue/refunds/{stuck}")),
    Scene("ended-refund-doubtful", ENDED, ASHA, at("/refunds/{doubtful}"), "Money back"),
    Scene("ended-office-doubtful", ENDED, OFFICE, at("/ops/queue/refunds/{doubtful}")),
    Scene("ended-refund-of-two", ENDED, REHEMA, at("/refunds/{of-two}"), "Money back"),
    Scene("ended-office-of-two", ENDED, OFFICE, at("/ops/queue/refunds/{of-two}")),
    Scene("ended-office-two-words", ENDED, OFFICE, sent("/ops/queue/refunds/{of-two}", "Agree", amount="5,000")),
    Scene("deposit-home", DEPOSITS, ASHA, at("/"), "Your rent"),
    Scene("deposit-held", DEPOSITS, REHEMA, at("/deposits/{held}")),
    Scene("deposit-answer", DEPOSITS, ASHA, at("/deposits/{itemised}")),
    Scene("deposit-answer-wrong", DEPOSITS, ASHA, sent("/deposits/{itemised}", "Send my answers")),
    Scene("deposit-settled", DEPOSITS, NEEMA, at("/deposits/{settled}")),
    Scene("deposit-list", DEPOSITS, MOLLEL, at("/landlord/deposits"), "Deposits"),
    Scene("deposit-landlord", DEPOSITS, MOLLEL, at("/landlord/deposits/{itemised}")),
    Scene("deposit-form", DEPOSITS, KWEKA, at("/landlord/deposits/{held}/end"), "Return the deposit"),
    Scene(
        "deposit-form-wrong",
        DEPOSITS,
        KWEKA,
        sent("/landlord/deposits/{held}/end", "Continue", claimed_1="900,000", claim_note_1="The door."),
    ),
    Scene("deposit-check", DEPOSITS, KWEKA, checked_deposit, "Check before the deposit goes back"),
    Scene("deposit-queue", DEPOSITS, OFFICE, at("/ops/queue/deposits"), "Deposits"),
    Scene("deposit-office", DEPOSITS, OFFICE, at("/ops/queue/deposits/{with-office}")),
    Scene("deposit-confirm", DEPOSITS, APPROVER, at("/ops/queue/deposits/{with-office}")),
    Scene("deposit-back-queue", TAKEN_BACK, OFFICE, at("/ops/queue/deposits"), "Deposits"),
    Scene("deposit-back-office", TAKEN_BACK, OFFICE, at("/ops/queue/deposits/{emptied}")),
    Scene("deposit-back-tenant", TAKEN_BACK, ASHA, at("/deposits/{emptied}")),
    Scene("deposit-receipt", DEPOSITS, NEEMA, receipt_of_deposit),
    Scene("trouble-home", TROUBLE, ASHA, at("/"), "Your rent"),
    Scene("trouble-how", TROUBLE, ASHA, at("/pay/method?draft={draft}"), HOW),
    Scene("trouble-office", TROUBLE, OFFICE, at("/ops"), "Payments that need a person"),
    Scene("providers", TROUBLE, OFFICE, at("/ops/providers"), "Providers"),
    Scene("provider", TROUBLE, OFFICE, at("/ops/providers/mpesa_daraja")),
    Scene("provider-wrong", TROUBLE, OFFICE, sent("/ops/providers/mpesa_daraja", "Switch off", note_en="down")),
    Scene("provider-off", TROUBLE, OFFICE, at("/ops/providers/airtel")),
    Scene("provider-mended", TROUBLE, OFFICE, at("/ops/providers/tigo")),
    Scene("help", FRESH, None, at("/help"), "Help"),
    Scene("help-no-message", FRESH, ASHA, at("/help/no-prompt/mpesa"), NO_MESSAGE),
    Scene("help-no-message-mixx", FRESH, ASHA, at("/help/no-prompt/mixx")),
    Scene("help-no-message-airtel", FRESH, ASHA, at("/help/no-prompt/airtel")),
    Scene("help-no-message-azampesa", FRESH, ASHA, at("/help/no-prompt/azampesa")),
    Scene("fees", FRESH, None, at("/fees"), "Fees"),
    Scene("privacy", FRESH, None, at("/privacy"), "Privacy"),
    Scene("accessibility", FRESH, None, at("/accessibility"), "Accessibility"),
    Scene("gallery", FRESH, None, at("/dev/gallery")),
    Scene("error-bad-request", RECORDS, ASHA, at("/payments?after=made-up", 400), "We could not read that request"),
    Scene("error-form-ended", FRESH, None, ended_form, "That form has ended"),
    Scene("error-not-found", FRESH, ASHA, at("/payments/7K29QXM4AB1C", 404), "Page not found"),
    Scene("error-wrong-way", FRESH, ASHA, at("/sign-out", 405), "That page does not work this way"),
    Scene(
        "error-in-progress",
        WAITING,
        ASHA,
        at("/pay/check?draft={draft}", 409),
        "You already have a payment in progress for this",
    ),
    Scene("error-too-large", FRESH, None, sent("/sign-in", "Send me a code", status=413, address=LONG)),
    Scene("error-too-many", SPOILT, None, sent("/sign-in", "Send me a code", status=429, address=PHONES[NEEMA])),
    Scene("error-ours", SPOILT, ASHA, at("/", 500), "Something went wrong on our side"),
    Scene("phones", WAITING, None, phone("")),
    Scene("phone-asked", WAITING, None, phone(f"phone/{PHONES[ASHA]}")),
    Scene("phone-quiet", RECORDS, None, phone("phone/255754000001")),
]  # fmt: skip
