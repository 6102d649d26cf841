"""The pay path before Pay is pressed: what, how, from which phone, and the total that will be asked for."""

from __future__ import annotations

from portal.domain.allocation import allocated_to
from portal.domain.bank_account import BankAccount
from portal.domain.errors import DraftUsed, NotFound, Refused
from portal.domain.exchange import Exchange, asked_for_all
from portal.domain.method import Details, PaymentMethod, details_of
from portal.domain.money import Money
from portal.domain.person import Guest, Payer, Person
from portal.domain.phone import Phone, PhoneUnreadable, parse_phone
from portal.domain.saved_method import SavedMethod
from portal.domain.zone import EAST_AFRICA
from portal.providers.provider import Account, accounts_of
from portal.providers.registry import Registry
from portal.services.another_try import another_try
from portal.services.baskets import allocated, own_due, payable
from portal.services.drafts import begin, browser_of
from portal.services.exchange import quoted, worth_showing
from portal.services.orders import Order, fees_of, phone_is_proved, provider_of, within_limit
from portal.services.saving import check_consent
from portal.services.settlement import Settlement
from portal.services.step import MethodChoice, Quote, SavedChoice, Step, saved_choices
from portal.services.tenant_credits import TenantCredits
from portal.services.tools import Tools
from portal.services.ways import methods_for, moved_from, ways
from portal.services.weather import may_begin, notices
from portal.store import drafts, idempotency, leases, people, saved_methods
from portal.store.leases import Basket, Due
from portal.store.types import Tx
from portal.templating.consents import Matter


class Checkout:
    """Drafts live on the server: no amount, phone or method travels in an address."""

    def __init__(self, tools: Tools, registry: Registry, settlement: Settlement) -> None:
        self._tools, self._registry = tools, registry
        self._kept = TenantCredits(tools, settlement)

    def serves(self, method: PaymentMethod) -> bool:
        """Somebody takes payments that way."""
        return self._registry.for_method(method) is not None

    def speaks_of(self, method: PaymentMethod) -> bool:
        """Pages name it, if only to say that it is not open yet."""
        return self._registry.speaks_of(method)

    async def dues(self, person: Person) -> list[Due]:
        """What a tenant owes."""
        return await self._tools.store.read(lambda tx: leases.open_dues(tx, person.id))

    async def ways(self, payer: Payer, due: Basket) -> tuple[list[MethodChoice], Exchange | None]:
        """How they could pay all that is left, and by which rate where that is dollars. Raises NoExchangeRate."""
        now, exchange = self._tools.clock(), quoted(self._tools, due.rest.currency)
        asked = asked_for_all((bill.rest for bill in due.bills), exchange)
        told = await self._tools.store.read(lambda tx: notices(tx, self._registry, now))
        return ways(self._registry, payer, asked, None, now, told), exchange

    async def begin(self, person: Payer, bills: list[str], typed: str | None, back: str | None = None) -> str:
        """A new draft for bills of one lease; nothing `typed` means all that is left of them.

        Raises Refused (bill, amount), NotFound, PaymentInProgress, AlreadyPaid. `back` is the address to which the
        platform that sent the payer wants them back.
        """
        await self._kept.before_paying(bills)
        return await self._tools.store.write(lambda tx: begin(tx, self._tools, person, bills, typed, back))

    async def again(self, person: Person, payment: str) -> str:
        """A new draft like a payment that came to nothing. Raises NotFound, PaymentInProgress, AlreadyPaid."""
        await self._kept.before_paying_again(payment)
        return await self._tools.store.write(lambda tx: another_try(tx, self._tools, person, payment))

    async def step(self, person: Payer, draft: str) -> Step:
        """Raises NotFound for a draft that is not theirs, DraftUsed, NoExchangeRate: so does all that asks of one."""
        return await self._tools.store.read(lambda tx: self._step(tx, person, draft))

    async def choose_method(self, person: Payer, draft: str, chosen: str) -> bool:
        """A method's name, or the id of a saved way, which may leave nothing to be asked: then True.

        Raises Refused (method), MethodUnavailable.
        """
        return await self._tools.store.write(lambda tx: self._choose_method(tx, person, draft, chosen))

    async def choose_phone(
        self, person: Payer, draft: str, typed: str, *, agreed: bool, save_consent: str | None = None
    ) -> None:
        """To be saved once it has paid, where the text of that version was agreed to.

        Raises Refused (phone, save, or agreed for a number that is not proved to be theirs).
        """

        def work(tx: Tx) -> None:
            self._choose_phone(tx, person, draft, typed, agreed=agreed)
            drafts.save_phone(tx, draft, save_consent)

        if save_consent is not None:
            check_consent(save_consent, Matter.PHONE, field="save")
        await self._tools.store.write(work)

    async def choose_account(self, person: Payer, draft: str, chosen: str) -> None:
        """Raises Refused (account)."""
        await self._tools.store.write(lambda tx: self._choose_account(tx, person, draft, chosen))

    async def quote(self, person: Payer, draft: str) -> Quote:
        """What is shown is kept with the draft: a rate holds from here on, as long as it says, and long enough to read.

        Raises Refused (method, phone, account) while something has not been chosen yet; and where the bills stand
        otherwise than the draft says: PaymentInProgress, AlreadyPaid, Refused (bill, amount).
        """
        quote = await self._tools.store.read(lambda tx: self._open_quote(tx, person, draft))
        if self._rate_to_hold(quote) == quote.step.draft.exchange:
            return quote
        return await self._tools.store.write(lambda tx: self._hold_rate(tx, person, draft))

    async def order(
        self, person: Payer, draft: str, total_shown: str, language: str, rate_shown: str = ""
    ) -> Order:
        """What the payer confirms; the draft is the idempotency key, for one draft is one payment.

        `rate_shown` is the id of the quote that the page showed. Raises Refused (rate, total) where either has changed.
        """
        quote = await self._tools.store.read(
            lambda tx: self._chosen(tx, person, draft, total_shown, rate_shown)
        )
        return Order(
            payer=person,
            key=draft,
            amounts={each.bill: each.amount for each in quote.step.allocations},
            method=quote.method,
            phone=quote.phone,
            account=quote.account.id if quote.account else None,
            agreed=quote.step.draft.agreed,
            total=quote.total,
            language=language,
            saved=quote.step.draft.saved,
            save_consent=quote.step.draft.save_consent if quote.phone else None,
            return_to=quote.step.draft.return_to,
            exchange=quote.step.exchange,
        )

    def _step(self, tx: Tx, person: Payer, draft_id: str) -> Step:
        draft = drafts.load(tx, self._tools.vault, draft_id, person.id, browser_of(person))
        if draft is None:
            raise NotFound
        payment = idempotency.answer_to(tx, person.id, draft_id)
        if payment is not None:
            raise DraftUsed(payment)
        due = own_due(tx, person, draft.amounts)
        currency = due.rest.currency
        amounts = {bill: Money(amount, currency) for bill, amount in draft.amounts.items()}
        allocations = tuple(allocated_to(bill, amounts[bill.reference]) for bill in due.bills)
        account_phone, saved = self._known_of(tx, person)
        phone = draft.phone or account_phone
        told = notices(tx, self._registry, self._tools.clock())
        exchange = quoted(self._tools, currency, draft.exchange)
        asked = asked_for_all(amounts.values(), exchange)
        choices = ways(self._registry, person, asked, phone, self._tools.clock(), told)
        return Step(
            draft=draft,
            due=due,
            allocations=allocations,
            choices=choices,
            saved=saved_choices(saved, choices, self._tools.clock().astimezone(EAST_AFRICA).date()),
            account_phone=account_phone,
            own_phone=draft.phone is not None and phone_is_proved(tx, self._tools, person, draft.phone),
            number_is_saved=phone is not None and self._is_saved(tx, person, phone),
            moved_from=moved_from(draft.method, phone),
            accounts=self._accounts(draft.method),
            notices=told,
            exchange=exchange,
        )

    def _accounts(self, method: PaymentMethod | None) -> tuple[Account, ...]:
        return accounts_of(self._registry.for_method(method)) if method else ()

    def _known_of(self, tx: Tx, person: Payer) -> tuple[Phone | None, list[SavedMethod]]:
        """The account's number and its saved ways: of a tenant, and never for a guest to see."""
        if isinstance(person, Guest):
            return None, []
        vault = self._tools.vault
        return people.phone_of(tx, vault, person.id), saved_methods.of_person(tx, vault, person.id)

    def _is_saved(self, tx: Tx, person: Payer, phone: Phone) -> bool:
        if isinstance(person, Guest):
            return False
        return saved_methods.find(tx, self._tools.vault, person.id, phone) is not None

    def _choose_method(self, tx: Tx, person: Payer, draft_id: str, chosen: str) -> bool:
        step, now = self._step(tx, person, draft_id), self._tools.clock()
        saved = next((one for one in step.saved if one.saved.id == chosen), None)
        method = saved.saved.method if saved else _read_method(chosen, person)
        may_begin(tx, provider_of(self._registry, method))
        fees, _ = fees_of(method, step.asked, now)
        within_limit(method, step.asked + fees.total, now)
        if saved is None:
            drafts.choose(tx, self._tools.vault, draft_id, method=method)
            return details_of(method) is Details.NOTHING
        return self._choose_saved(tx, draft_id, saved)

    def _choose_saved(self, tx: Tx, draft_id: str, choice: SavedChoice) -> bool:
        """It fills in the rest: a phone itself, and for an account at a bank where we have one, ours there."""
        if choice.problem:
            raise Refused("method", choice.problem)
        vault, method = self._tools.vault, choice.saved.method
        held = saved_methods.held(tx, vault, choice.saved.id)
        phone = held if isinstance(held, Phone) else None
        account = self._same_bank(method, held) if isinstance(held, BankAccount) else None
        drafts.choose(tx, vault, draft_id, method=method, phone=phone, account=account, saved=choice.saved.id)
        return details_of(method) is Details.NOTHING or bool(phone or account)

    def _same_bank(self, method: PaymentMethod, held: BankAccount) -> str | None:
        of_bank = {account.bank.casefold(): account.id for account in self._accounts(method)}
        return of_bank.get(held.bank.casefold())

    def _choose_phone(self, tx: Tx, person: Payer, draft_id: str, typed: str, *, agreed: bool) -> None:
        self._step(tx, person, draft_id)
        try:
            phone = parse_phone(typed)
        except PhoneUnreadable as error:
            raise Refused("phone", error.problem) from None
        if not agreed and not phone_is_proved(tx, self._tools, person, phone):
            raise Refused("agreed", "not_your_phone", phone=phone.masked)
        drafts.choose(tx, self._tools.vault, draft_id, phone=phone, agreed=agreed)

    def _choose_account(self, tx: Tx, person: Payer, draft_id: str, chosen: str) -> None:
        step = self._step(tx, person, draft_id)
        if chosen not in {account.id for account in step.accounts}:
            raise Refused("account", "empty")
        drafts.choose(tx, self._tools.vault, draft_id, account=chosen, saved=step.draft.saved)

    def _quote(self, tx: Tx, person: Payer, draft_id: str) -> Quote:
        step = self._step(tx, person, draft_id)
        if step.draft.method is None:
            raise Refused("method", "empty")
        may_begin(tx, provider_of(self._registry, step.draft.method))
        phone = step.draft.phone if step.details is Details.PHONE else None
        account = step.account if step.details is Details.ACCOUNT else None
        if step.details is Details.PHONE and phone is None:
            raise Refused("phone", "empty")
        if step.details is Details.ACCOUNT and account is None:
            raise Refused("account", "empty")
        fees, _ = fees_of(step.draft.method, step.asked, self._tools.clock())
        return Quote(
            step=step,
            method=step.draft.method,
            phone=phone,
            account=account,
            fees=fees,
            total=step.asked + fees.total,
        )

    def _open_quote(self, tx: Tx, person: Payer, draft_id: str) -> Quote:
        """A draft may be older than what has been paid meanwhile, or is being paid now."""
        quote = self._quote(tx, person, draft_id)
        due = quote.step.due
        payable(tx, due)
        allocated(due, {each.bill: each.amount for each in quote.step.allocations})
        return quote

    def _hold_rate(self, tx: Tx, person: Payer, draft_id: str) -> Quote:
        drafts.hold_still(tx, draft_id)
        exchange = self._rate_to_hold(self._open_quote(tx, person, draft_id))
        drafts.hold_rate(tx, draft_id, exchange)
        return self._quote(tx, person, draft_id)

    def _rate_to_hold(self, quote: Quote) -> Exchange | None:
        return worth_showing(self._tools, quote.step.exchange) if quote.step.exchange else None

    def _chosen(self, tx: Tx, person: Payer, draft_id: str, total_shown: str, rate_shown: str) -> Quote:
        """The page may be older than the rate and the fee table: what was shown may be asked for, or nothing."""
        quote = self._quote(tx, person, draft_id)
        exchange = quote.step.exchange
        if rate_shown != (exchange.id if exchange else ""):
            raise Refused("rate", "changed")
        if total_shown != str(quote.total.minor):
            raise Refused("total", "changed", total=quote.total)
        return quote


def _read_method(chosen: str, payer: Payer) -> PaymentMethod:
    method = next((method for method in methods_for(payer) if method == chosen), None)
    if method is None:
        raise Refused("method", "empty")
    return method
