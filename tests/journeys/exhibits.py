"""Stages on which time stands still, each brought to a state that pages are looked at in.

Every state is reached by paying: the simulated network says what a real one would, and the portal does the rest.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date
from io import BytesIO
from typing import Any

from sqlalchemy import text

from portal.domain.bill import PaymentType
from portal.domain.method import PaymentMethod
from portal.domain.money import shillings
from portal.domain.outcome import NotPaid, Paid, Pending, Reason, Source
from portal.domain.trouble import Trouble
from portal.providers.bank_transfer import BankTransfer
from portal.providers.provider import Capabilities
from portal.sandbox.fates import BY_NAME, NUMBER_OF
from portal.sandbox.results import CANCELLED, NO_ANSWER
from portal.services.saving import Agreed
from portal.store import saved_methods
from portal.templating.consents import Matter, current_version
from tests.cards import FakeCards
from tests.fakes import FakeProvider
from tests.faults.stripe import event, send
from tests.journeys.deposits import add_deposit, put_deposits
from tests.journeys.ended import prepare_ended
from tests.journeys.refund_exhibit import answering_by_callback, prepare_refunds
from tests.journeys.stage import (
    APPROVER,
    ASHA,
    BARAKA,
    ELIN,
    MOLLEL,
    NEEMA,
    OFFICE,
    PHONES,
    REHEMA,
    Kinds,
    Stage,
)
from tests.journeys.taken_back import bank_asks, take_back, take_deposits_back, went_back
from tests.sandbox.running import FAST
from tests.sandbox.stripe import GUARDED, POOR
from tests.saved import CARD, a_saved_account, a_saved_card
from tests.services.bank import CRDB, NMB
from tests.statements import Booked, csv_of

FRESH, RECORDS, WAITING, LATE, SPOILT = "fresh", "records", "waiting", "late", "spoilt"
WALLETS, SAVED, TROUBLE, LINKS = "wallets", "saved", "trouble", "links"
CARDS, BANKS, SEVERAL, REFUNDS, DEPOSITS = "cards", "banks", "several", "refunds", "deposits"
PAYOUTS, TAKEN_BACK, ENDED = "payouts", "taken-back", "ended"
BY_CARD = PaymentMethod.CREDIT_CARD
MIXX, AIRTEL = PaymentMethod.TIGO_PESA, PaymentMethod.AIRTEL_MONEY
FURTHER = (PaymentMethod.HALOPESA, PaymentMethod.AZAMPESA)
DEPOSIT, RENT = PaymentType.DEPOSIT, PaymentType.RENT
SERVICE_FEE, SECURITY = PaymentType.SERVICE_FEE, PaymentType.SECURITY_DEPOSIT
FOR_LONG = 3_600.0
"""Seconds that nobody answers while pages are looked at."""
NOT_PAID = {
    "wrong-pin": "2001",
    "no-balance": "1",
    "pin-locked": "8006",
    "closed-on-phone": "1032",
    "no-answer": "1037",
    "phone-busy": "1001",
    "not-delivered": "1025",
    "limit-payment": "2",
    "limit-today": "4",
    "payee": "8",
    "network-busy": "26",
}
"""What the network says of a request, by what its page is about."""
LINES = 255754900000
"""Numbers from here on meet the fate that a stage gives them."""
GUEST = "of the one who comes by a link"
"""The cookie of their browser."""


@dataclass
class Exhibit:
    """A stage, and the references, numbers and codes that its pages are opened by."""

    stage: Stage
    known: dict[str, str] = field(default_factory=dict)

    async def ask(self, name: str, who: str, kind: Kinds, msisdn: str | None, **options: Any) -> str:
        """A payment that nobody has ended yet."""
        self.known[name] = await self.stage.ask(who, kind, msisdn, **options)
        return self.known[name]

    async def sent_here(self, name: str, who: str, kind: PaymentType, back: str) -> None:
        """Paid by somebody whom another site sent, and wants back."""
        checkout, person = self.stage.portal.checkout, await self.stage.person(who)
        told = len(self.stage.sandbox.world.network.courier.deliveries)
        draft = await checkout.begin(person, [(await self.stage.due(who, kind)).bill.reference], None, back)
        await checkout.choose_method(person, draft, PaymentMethod.MPESA)
        await checkout.choose_phone(person, draft, NUMBER_OF["approves"], agreed=True)
        total = (await checkout.quote(person, draft)).total
        order = await checkout.order(person, draft, str(total.minor), "en")
        self.known[name] = await self.stage.portal.payments.start(order)
        await self.stage.hear(callbacks=told + 1)

    async def settle(self, name: str, who: str, kind: Kinds, fate: str, **options: Any) -> str:
        """A payment of which the network has told the end."""
        msisdn = NUMBER_OF.get(fate, fate)
        told = len(self.stage.sandbox.world.network.courier.deliveries)
        reference = await self.ask(name, who, kind, msisdn, **options)
        await self.stage.hear(callbacks=told + 1)
        return reference

    async def transfer(self, name: str, who: str, kind: PaymentType) -> str:
        """A payment that waits for money from a bank."""
        checkout, person = self.stage.portal.checkout, await self.stage.person(who)
        draft = await self.stage.draft(who, kind, method=PaymentMethod.BANK_TRANSFER, chosen=True)
        await checkout.choose_account(person, draft, "CRDB")
        total = (await checkout.quote(person, draft)).total
        order = await checkout.order(person, draft, str(total.minor), "en")
        self.known[name] = await self.stage.portal.payments.start(order)
        return self.known[name]

    async def statement(
        self,
        *entries: Booked,
        name: str = "march.csv",
        content: bytes = b"",
        spoilt: tuple[str, str] = ("", ""),
    ) -> str:
        """A statement is read; its id. `spoilt`: what stands in the file, and what somebody made of it."""
        file = content or "".join(csv_of(entries)).replace(*spoilt).encode()
        report = await self.stage.portal.statements.read_in(BytesIO(file), name, "", lambda _: None)
        await self.stage.work()
        return report.statement.id

    async def end(self, msisdn: str, code: str) -> None:
        """The network ends the prompt that stands on a phone."""
        network = self.stage.sandbox.world.network
        told, prompt = len(network.courier.deliveries), network.live_prompt(msisdn)
        assert prompt
        network.act(prompt, code)
        await self.stage.hear(callbacks=told + 1)

    async def receipt(self, name: str, reference: str) -> None:
        payment = await self.stage.payment(reference)
        assert payment.receipt
        assert payment.receipt_check
        self.known |= {name: payment.receipt.address, f"{name}_code": payment.receipt_check}


async def _fresh(exhibit: Exhibit) -> None:
    """Nothing has been paid."""
    exhibit.known |= {
        "draft": await exhibit.stage.draft(ASHA, DEPOSIT, PHONES[ASHA]),
        "moved": await exhibit.stage.draft(ASHA, DEPOSIT, PHONES[NEEMA]),
        "large": await exhibit.stage.draft(NEEMA, SECURITY),
        "several": await exhibit.stage.draft(ASHA, (DEPOSIT, RENT), PHONES[ASHA]),
        "large-several": await exhibit.stage.draft(NEEMA, (SECURITY, RENT)),
        "dollars": await exhibit.stage.draft(ELIN, RENT, PHONES[ELIN]),
        "unguessed": await exhibit.stage.draft(BARAKA, RENT),
    }


async def _records(exhibit: Exhibit) -> None:
    """Asha has failed to pay a service fee in every way, and paid her deposit and rent; Baraka paid a part of his."""
    stage = exhibit.stage
    for number, (name, code) in enumerate(NOT_PAID.items(), start=LINES):
        await stage.sandbox.give_fate(str(number), result=code)
        await exhibit.settle(name, ASHA, SERVICE_FEE, str(number))
        stage.clock.advance(hours=5)
    for name in ("refused", "refused-again", "refused-once-more"):
        await exhibit.ask(name, ASHA, SERVICE_FEE, NUMBER_OF["busy"])
        stage.clock.advance(minutes=30)
    await exhibit.ask("expired", ASHA, SERVICE_FEE, PHONES[ASHA])
    await stage.pass_time(minutes=6)
    await exhibit.end(PHONES[ASHA], NO_ANSWER)
    stage.clock.advance(hours=2)
    cancelled = await exhibit.ask("cancelled", ASHA, SERVICE_FEE, PHONES[ASHA])
    await stage.portal.payments.cancel(await stage.person(ASHA), cancelled)
    await exhibit.end(PHONES[ASHA], CANCELLED)
    stage.clock.advance(hours=1)
    await exhibit.receipt("receipt", await exhibit.settle("paid", ASHA, DEPOSIT, "approves", language="en"))
    stage.clock.advance(minutes=20)
    await exhibit.receipt("receipt-rent", await exhibit.settle("rent", ASHA, RENT, "approves", language="sw"))
    part = await exhibit.settle("part", BARAKA, RENT, "approves", amount=200_000)
    await exhibit.receipt("receipt-part", part)
    await stage.work()


async def _waiting(exhibit: Exhibit) -> None:
    """Nothing has ended but one deposit, whose printer is out of paper."""
    stage = exhibit.stage
    await exhibit.settle("wrong-amount", NEEMA, RENT, "smaller-amount")
    await exhibit.settle("uncertain", BARAKA, SECURITY, "undocumented")
    await stage.pass_time(minutes=17)
    await exhibit.receipt("receipt", await exhibit.settle("paid", ASHA, DEPOSIT, "approves"))
    await exhibit.settle("processing", ASHA, RENT, "query-lags")
    exhibit.known["draft"] = await exhibit.stage.draft(ASHA, SERVICE_FEE, PHONES[ASHA])
    await exhibit.ask("waiting", ASHA, SERVICE_FEE, PHONES[ASHA])
    still_open = await exhibit.ask("still-open", BARAKA, RENT, PHONES[BARAKA])
    await stage.portal.payments.cancel(await stage.person(BARAKA), still_open)


async def _late(exhibit: Exhibit) -> None:
    """Money came after all had been given up: for a deposit, and for rents that had been paid meanwhile, of which one
    tenant has said what becomes of it.
    """
    stage = exhibit.stage
    for line in (first := str(LINES), second := str(LINES + 1), third := str(LINES + 2)):
        await stage.sandbox.give_fate(line, fate="failed-then-paid")
    await exhibit.settle("twice", ASHA, RENT, first)
    await exhibit.settle("once", ASHA, RENT, "approves")
    await exhibit.settle("late", ASHA, DEPOSIT, second)
    await exhibit.settle("fee", ASHA, SERVICE_FEE, "approves")
    await exhibit.settle("kept", BARAKA, RENT, third)
    await exhibit.settle("again", BARAKA, RENT, "approves")
    stage.let_go()
    await stage.hear()
    kept = await exhibit.stage.portal.payments.load(exhibit.known["kept"])
    shown, baraka = str(kept.excess_waiting.minor if kept.excess_waiting else 0), await stage.person(BARAKA)
    await stage.portal.excess.choose(baraka, kept.reference, "KEEP", shown=shown, key="kept")
    await stage.hear()


async def _taken_back(exhibit: Exhibit) -> None:
    await take_back(exhibit.stage, exhibit.known)
    await take_deposits_back(exhibit.stage, exhibit.known)


async def _wallets(exhibit: Exhibit) -> None:
    """Beside M-Pesa there are Mixx by Yas, which nobody can ask, and Airtel Money."""
    stage, told = exhibit.stage, exhibit.stage.portal.payments.record_outcome
    exhibit.known |= {
        "mixx": await stage.draft(BARAKA, RENT, PHONES[BARAKA], method=MIXX),
        "azampesa": await stage.draft(BARAKA, RENT, PHONES[BARAKA], method=PaymentMethod.AZAMPESA),
        "moved": await stage.draft(ASHA, DEPOSIT, PHONES[ASHA], method=AIRTEL),
        "large": await stage.draft(NEEMA, SECURITY),
    }
    unsure = await exhibit.ask("mixx-unsure", BARAKA, SECURITY, PHONES[BARAKA], method=MIXX)
    stage.clock.advance(minutes=20)
    await told(unsure, Pending("no query"), Source.CALLBACK)
    await stage.portal.claims.claim(await stage.person(BARAKA), unsure, "CO260303.1200.A00113")
    failed = await exhibit.ask("mixx-failed", ASHA, RENT, "255655000001", method=MIXX)
    await told(failed, NotPaid(Reason.NOT_COMPLETED, "false"), Source.CALLBACK)
    paid = await exhibit.ask("airtel-paid", ASHA, DEPOSIT, "255684000001", method=AIRTEL)
    await told(paid, Paid(receipt_code="MP260303.1200.L06941"), Source.CALLBACK)
    await exhibit.receipt("receipt", paid)
    await stage.work()
    await exhibit.ask("mixx-waiting", BARAKA, RENT, "255655000002", method=MIXX)
    await exhibit.ask("airtel-waiting", NEEMA, RENT, PHONES[NEEMA], method=AIRTEL)
    # Of a bill that nobody is paying.
    for name, method, msisdn in (("mixx", MIXX, "255655000003"), ("airtel", AIRTEL, "255684000003")):
        exhibit.known[f"{name}-check"] = await stage.draft(ASHA, RENT, msisdn, method=method)


async def _saved(exhibit: Exhibit) -> None:
    """Asha has saved whatever can be saved; one number waits for its code, and her card ends before her rent is due."""
    stage = exhibit.stage
    asha, phones, vault = await stage.person(ASHA), stage.portal.saved.phones, stage.portal.tools.vault
    agreed = Agreed(current_version(Matter.PHONE), "en")
    await phones.add(asha, PHONES[ASHA], "", "My own phone", agreed, "127.0.0.1")
    waiting = await phones.add(asha, "0713 222 999", "", "Mama Neema", agreed, "127.0.0.1")
    card = a_saved_card(person=asha.id, what=replace(CARD, face=replace(CARD.face, month=3, year=2026)))
    account = a_saved_account(person=asha.id, nickname="Savings for the rent and fees")
    await stage.portal.store.write(
        lambda tx: [saved_methods.add(tx, vault, new, stage.clock()) for new in (card, account)]
    )
    overview = await stage.portal.saved.methods.overview(asha)
    monthly = Agreed(current_version(Matter.APPOINTMENT), "en")
    await stage.portal.saved.appointments.keep(
        asha, overview.methods[0].id, "1", "9", pushes=True, agreed=monthly
    )
    cards, consent = stage.portal.saved.cards, Agreed(current_version(Matter.CARD), "en")
    exhibit.known |= {
        "entering": await cards.begin(asha, "", consent, "exhibit"),
        "waiting": waiting.id,
        "own": overview.methods[0].id,
        "account": account.id,
        "draft": await stage.draft(ASHA, DEPOSIT),
        "by-card": await stage.draft(ASHA, RENT),
    }
    await stage.portal.checkout.choose_method(asha, exhibit.known["by-card"], card.id)


async def _trouble(exhibit: Exhibit) -> None:
    """M-Pesa answers in HTML, Airtel does not know us any more and is switched off, Mixx was put right by somebody."""
    stage, office = exhibit.stage, await exhibit.stage.person(OFFICE)
    meet, desk = stage.portal.payments.alerts.meet, stage.portal.providers
    exhibit.known["draft"] = await stage.draft(ASHA, DEPOSIT, PHONES[ASHA])
    await meet("tigo", "callback", Trouble.UNKNOWN_CODE, "no MFSTransactionID")
    (alert,) = (await desk.record(office, "tigo")).watched.alerts
    await desk.close(office, "tigo", str(alert.id), "Yas says that it means a test of theirs")
    await meet("airtel", "start", Trouble.CREDENTIALS_REFUSED, "invalid_client")
    stage.clock.advance(minutes=4)
    await meet("mpesa_daraja", "check", Trouble.UNKNOWN_CODE, "7777")
    for _ in range(12):
        await meet("mpesa_daraja", "start", Trouble.UNREADABLE, "HTTP 200, not JSON")
    stage.clock.advance(minutes=2)
    note = "Airtel changes our key. It is back this evening."
    await desk.switch_off(office, "airtel", note, "Airtel inabadilisha ufunguo wetu. Itarudi jioni ya leo.")


async def _links(exhibit: Exhibit) -> None:
    """Three have failed to pay from their own phones, and somebody pays by their links, each with another end."""
    stage = exhibit.stage
    for line in range(LINES, LINES + 4):
        await stage.sandbox.give_fate(str(line), result=NOT_PAID["wrong-pin"])
    for line, (name, who, kind) in enumerate(
        (("open", ASHA, DEPOSIT), ("waiting", BARAKA, RENT), ("paid", ASHA, RENT), ("failed", NEEMA, RENT)),
        LINES,
    ):
        first = await exhibit.settle(f"{name}-first", who, kind, str(line))
        exhibit.known[name] = await stage.link_of(first)
    exhibit.known["ended"] = await stage.link_of(exhibit.known["open-first"], ended=True)
    stage.clock.advance(minutes=11)
    exhibit.known["draft"] = await stage.draft_by_link(exhibit.known["open"], GUEST, "255655999888")
    for name, msisdn in (("waiting", "255713999888"), ("paid", "255754000001"), ("failed", str(LINES + 3))):
        told = len(stage.sandbox.world.network.courier.deliveries)
        draft = await stage.pay_by_link(exhibit.known[name], GUEST, msisdn)
        exhibit.known[f"{name}-draft"] = draft
        if name != "waiting":
            await stage.hear(callbacks=told + 1)
    exhibit.known["waiting-payment"] = (await stage.newest(BARAKA)).reference
    exhibit.known["failed-payment"] = (await stage.newest(NEEMA)).reference
    await exhibit.receipt("receipt", (await stage.newest(ASHA)).reference)
    await exhibit.transfer("transfer", BARAKA, SECURITY)
    await exhibit.sent_here("sent-here", ASHA, SERVICE_FEE, "https://nest.example/leases/7")
    await stage.work()


async def _cards(exhibit: Exhibit) -> None:
    """Everything a card can come to; one provider is silent, and one refund has no place in the books."""
    stage = exhibit.stage
    network = stage.sandbox.world.network
    exhibit.known["draft"] = await stage.draft(ASHA, DEPOSIT, method=BY_CARD)
    network.fates["card"] = BY_NAME["no-balance"]
    await exhibit.ask("failed", NEEMA, RENT, None, method=BY_CARD)
    network.fates["card"] = BY_NAME["approves"]
    paid = await exhibit.ask("paid", ASHA, SERVICE_FEE, None, method=BY_CARD)
    await stage.hear()
    await exhibit.receipt("receipt", paid)
    await stage.work()
    network.fates["card"] = BY_NAME["unavailable"]
    await exhibit.ask("silent", ASHA, RENT, None, method=BY_CARD)
    await stage.pass_time(seconds=40)
    network.fates.clear()
    for name, who, kind, number in (
        ("waiting", ASHA, DEPOSIT, ""),
        ("tried", BARAKA, RENT, POOR),
        ("at-the-bank", NEEMA, RENT, GUARDED),
    ):
        payment = await stage.payment(await exhibit.ask(name, who, kind, None, method=BY_CARD))
        exhibit.known[f"page-{name}"] = str(payment.page)
        form = {"act": "pay", "number": number, "expiry": "12/34", "cvc": "123"}
        await stage.sandbox.client.post(str(payment.page), data=form if number else {})
    await stage.hear()
    exhibit.known["check"] = await stage.draft(BARAKA, SECURITY, amount=500_000, method=BY_CARD)
    await _refund_at_stripe(stage, paid)
    await _pay_in_a_menu(exhibit)


async def _pay_in_a_menu(exhibit: Exhibit) -> None:
    """Somebody pays the deposit and a month of Rehema's rent."""
    stage = exhibit.stage
    menu, guide = stage.sandbox.mixx.menu, await stage.portal.menu_payments.guide(await stage.person(REHEMA))
    exhibit.known["phone-menu"] = f"{stage.sandbox.base_url}/phone/255652111222/menu"
    (place,) = guide.places
    await menu.play(menu.begin("255652111222", guide.company, place.lease.reference, 1_000_000))
    await stage.work()
    exhibit.known["in-menu"] = (await stage.newest(REHEMA)).reference
    await exhibit.receipt("menu-receipt", exhibit.known["in-menu"])


async def _refund_at_stripe(stage: Stage, reference: str) -> None:
    code = (await stage.payment(reference)).receipt_code
    refund: dict[str, Any] = {"id": "re_1", "object": "refund", "payment_intent": code, "metadata": {}}
    await send(stage, event("refund.created", refund, stage.clock()))
    await stage.work()


async def _banks(exhibit: Exhibit) -> None:
    """Transfers that ran out, were called off, wait, came in part and came; and money that nobody could place."""
    stage, payments = exhibit.stage, exhibit.stage.portal.payments
    ended = await exhibit.transfer("ended", ASHA, SERVICE_FEE)
    await exhibit.statement(_came(ended, 5_000))
    await exhibit.transfer("cancelled", BARAKA, RENT)
    await payments.cancel(await stage.person(BARAKA), exhibit.known["cancelled"])
    await stage.pass_time(days=8)
    await exhibit.transfer("waiting", ASHA, DEPOSIT)
    part, paid = await exhibit.transfer("part", BARAKA, RENT), await exhibit.transfer("paid", NEEMA, RENT)
    await exhibit.statement(
        _came(part, 300_000), _came(paid, 301_750), name="CRDB 0150123456700 Machi 2026.csv"
    )
    await exhibit.receipt("receipt", paid)
    stage.clock.advance(hours=3)
    exhibit.known["statement"] = await exhibit.statement(
        _came("TIPS CREDIT FROM 255754123456 ASHA MUSHI", 452_500, payer="ASHA MUSHI 0152000111222"),
        _came("KODI YA NYUMBA MACHI", 620_000),
        _came(paid, 301_750, number=2),
        _came("LEDGER FEE", 2_360, is_credit=False),
        name="CRDB Machi 11.csv",
        spoilt=("620,000.00", "620,000.50"),
    )
    exhibit.known["unreadable"] = await exhibit.statement(content=b"%PDF-1.7", name="taarifa.pdf")
    office = await stage.person(OFFICE)
    rows = (await stage.portal.suspense.queue(office, None)).rows
    exhibit.known |= {
        "draft": await stage.draft(ASHA, RENT, method=PaymentMethod.BANK_TRANSFER, chosen=True),
        "line": next(row.line.id for row in rows if row.suggested),
        "proposed": next(row.line.id for row in rows if row.line.payment == paid),
    }
    why = "Neema sent it twice: the slip of 10 March shows the same amount"
    await stage.portal.suspense.send_back(office, exhibit.known["proposed"], why)
    content = "".join(csv_of([_came("KODI", 1_000)])).encode()
    exhibit.known["unread"] = await stage.portal.statements.accept(
        office, BytesIO(content), "NMB Machi.csv", len(content), ""
    )


def _came(text_: str, amount: int, *, number: int = 1, payer: str = "", is_credit: bool = True) -> Booked:
    """A line of CRDB's, on the day before the day of the exhibits."""
    return Booked(
        booked_on=date(2026, 3, 2),
        amount=shillings(amount),
        is_credit=is_credit,
        bank_reference=f"FT26061{sum(map(ord, text_)):06}{number}",
        text=text_,
        payer=payer,
    )


async def _several(exhibit: Exhibit) -> None:
    """Bills are paid together: Asha's three, after she had too little for two of them; Baraka is asked for both.

    Elin's rent is in dollars, and paid.
    """
    stage = exhibit.stage
    dollars = await exhibit.settle("dollars-paid", ELIN, RENT, "approves")
    await exhibit.receipt("dollars-receipt", dollars)
    await stage.sandbox.give_fate(str(LINES), result="1")
    await exhibit.settle("several-no-balance", ASHA, (DEPOSIT, RENT), str(LINES))
    stage.clock.advance(minutes=20)
    paid = await exhibit.settle("several-paid", ASHA, (DEPOSIT, RENT, SERVICE_FEE), "approves")
    await exhibit.receipt("receipt", paid)
    await stage.work()
    await exhibit.ask("several-waiting", BARAKA, (RENT, SECURITY), PHONES[BARAKA])


async def _payouts(exhibit: Exhibit) -> None:
    """Asha's rent was sent to Juma, and some of it went back since; what came for him waits for an approver. Grace has
    given no account, and of her rent the payer's bank asks some back.
    """
    stage, office = exhibit.stage, exhibit.stage.portal.books
    salma, peter = await stage.person(OFFICE), await stage.person(APPROVER)
    exhibit.known["paid-out-rent"] = await exhibit.settle("rent", ASHA, RENT, "approves")
    await stage.work()
    paid = (await office.payouts.prepare(salma, "CRDB", "TZS")).reference
    await office.payouts.approve(peter, paid, "1")
    await office.payouts.sent(salma, paid, "2")
    await office.payouts.paid(salma, paid, "3", "FT26062XK41")
    stage.clock.advance(minutes=20)
    await exhibit.settle("next-rent", BARAKA, RENT, "approves")
    await exhibit.settle("grace-rent", NEEMA, RENT, "approves")
    exhibit.known |= {
        "paid-out": paid,
        "prepared": (await office.payouts.prepare(salma, "CRDB", "TZS")).reference,
    }
    await went_back(stage, exhibit.known["rent"], "RHQ41TX9PL", "120000")
    await bank_asks(stage, exhibit.known["grace-rent"])
    mollel = await stage.person(MOLLEL)
    await office.payees.enter_own(mollel, "CRDB", "Juma Mollel", "0150998877600")
    rent = await stage.payment(exhibit.known["rent"])
    assert rent.received
    report = f"code,gross,fee\n{rent.receipt_code},{rent.received.minor},3100\n"
    await stage.portal.books.costs.bring(salma, rent.provider, report.encode())
    stage.clock.advance(days=1)
    await stage.portal.books.close.plan()
    await stage.work()


async def _spoilt(exhibit: Exhibit) -> None:
    """Somebody has tried too often, and a table has gone."""
    for _ in range(3):
        await exhibit.stage.portal.sign_in.send_code(PHONES[NEEMA], "127.0.0.1")
    await exhibit.stage.portal.store.write(lambda tx: tx.execute(text("DROP TABLE messages")))


def wallets() -> list[FakeProvider]:
    mixx = FakeProvider("tigo", (MIXX,), Capabilities(answers_questions=False))
    mixx.will_say(Pending("no query"))
    return [mixx, FakeProvider("airtel", (AIRTEL,)), FakeProvider("azampay", FURTHER)]


async def _deposits(exhibit: Exhibit) -> None:
    """Four deposits are paid, and what becomes of each is another thing."""
    stage = exhibit.stage
    await add_deposit(stage, NEEMA, 600_000)
    for who, kind in ((ASHA, DEPOSIT), (BARAKA, SECURITY), (NEEMA, DEPOSIT), (REHEMA, SECURITY)):
        await exhibit.settle(f"paid-{who}", who, kind, "approves")
        await stage.work()
        # So many requests go to one phone in an hour.
        stage.clock.advance(hours=1)
    exhibit.known |= await put_deposits(stage)


Prepare = Callable[[Exhibit], Awaitable[None]]
SETS: dict[str, tuple[Prepare, dict[str, Any]]] = {
    FRESH: (_fresh, {"slow_answer": FOR_LONG, "patience": FOR_LONG, "held": FOR_LONG}),
    RECORDS: (_records, {}),
    WAITING: (_waiting, {"query_lag": 100}),
    WALLETS: (_wallets, {"others": wallets()}),
    SAVED: (_saved, {"others": [FakeCards()]}),
    TROUBLE: (_trouble, {"others": wallets()}),
    LINKS: (_links, {"others": [BankTransfer((CRDB,))]}),
    CARDS: (_cards, {"every_wallet": True}),
    BANKS: (_banks, {"others": [BankTransfer((CRDB, NMB))]}),
    TAKEN_BACK: (_taken_back, {"every_wallet": True}),
    LATE: (_late, {"prompt_lifetime": 0.05, "held": FAST.late_after}),
    SEVERAL: (_several, {}),
    REFUNDS: (prepare_refunds, {"others": [answering_by_callback()]}),
    ENDED: (prepare_ended, {"others": [answering_by_callback()]}),
    DEPOSITS: (_deposits, {"every_wallet": True}),
    PAYOUTS: (_payouts, {"others": [BankTransfer((CRDB, NMB))]}),
    SPOILT: (_spoilt, {}),
}
