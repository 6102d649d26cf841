"""What Daraja does with a request for money back, and with a question about one."""

from typing import TYPE_CHECKING

from portal.sandbox.book import PAYOUT, REVERSAL
from portal.sandbox.daraja import refusals
from portal.sandbox.daraja.refunds import (
    NO_SUCH_PAYMENT,
    OURS,
    REVERSED_ALREADY,
    WRONG_INITIATOR,
    Wanted,
)
from portal.sandbox.daraja.result_letters import told_of_status
from portal.sandbox.operators import MPESA
from portal.sandbox.prompt import Push, Refund
from portal.sandbox.results import NOT_PERMITTED
from portal.sandbox.settings import EAT

if TYPE_CHECKING:
    from portal.sandbox.daraja.twin import Daraja


class SendingBack:
    """Of one twin."""

    def __init__(self, daraja: "Daraja") -> None:
        self._daraja, self._world = daraja, daraja.world

    def reverse(self, wanted: Wanted) -> Refund:
        """All of a payment of ours that nothing went back of; whatever else is asked for ends without money."""
        receipt, amount = wanted.fields["TransactionID"], int(wanted.fields["Amount"])
        network = self._world.network
        paid = network.book.payment(receipt)
        refused = None
        if paid is None or paid.provider != self._daraja.name:
            refused = NO_SUCH_PAYMENT
        elif network.left_of(paid) != paid.amount:
            refused = REVERSED_ALREADY
        elif amount != paid.amount:
            refused = NOT_PERMITTED
        msisdn, reference = (paid.msisdn, paid.account_reference) if paid else ("", "")
        return self._take(wanted, msisdn, amount, reference, REVERSAL, self._own_id(), refused, receipt)

    def pay_out(self, wanted: Wanted) -> Refund:
        fields = wanted.fields
        return self._take(
            wanted,
            fields["PartyB"],
            int(fields["Amount"]),
            fields.get("Occassion", ""),
            PAYOUT,
            fields[OURS],
        )

    def check_new(self, wanted: Wanted) -> None:
        """The merchant's id is the payout's own: it is taken once."""
        if any(refund.ids[OURS] == wanted.fields[OURS] for refund in self._refunds()):
            raise refusals.duplicate_conversation()

    def answer(self, wanted: Wanted) -> tuple[str, str]:
        """The ids of the question; its answer follows once there is an end to tell."""
        conversation, ours = self._conversation(), self._own_id()
        found = next((one for one in self._refunds() if _is_asked(one, wanted)), None)
        if found and wanted.is_by(self._daraja.account):
            self._world.network.errands.start(self._tell(found, conversation, ours, wanted.result_url))
        return conversation, ours

    async def _tell(self, refund: Refund, conversation: str, ours: str, url: str) -> None:
        await refund.over.wait()
        letter = told_of_status(refund, conversation, ours)
        await self._world.network.courier.carry([letter], url, conversation)

    def _take(
        self,
        wanted: Wanted,
        msisdn: str,
        amount: int,
        reference: str,
        kind: str,
        ours: str,
        refused: str | None = None,
        of: str = "",
    ) -> Refund:
        name = self._world.settings.business_name
        refund = Refund(
            twin=self._daraja,
            request_id=self._conversation(),
            push=Push(MPESA, name, msisdn, amount, reference, wanted.result_url),
            ids={OURS: ours},
            kind=kind,
            of=of if refused is None else "",
            refused=refused if wanted.is_by(self._daraja.account) else WRONG_INITIATOR,
        )
        self._world.network.send_back(refund)
        return refund

    def _refunds(self) -> list[Refund]:
        return [one for one in self._world.network.refunds.values() if one.twin is self._daraja]

    def _conversation(self) -> str:
        day = self._world.clock().astimezone(EAT)
        return f"AG_{day:%Y%m%d}_{self._world.token_source(10)}"

    def _own_id(self) -> str:
        token = self._world.token_source(14)
        return f"{token[:4]}-{token[4:8]}-{token[8:12]}-{token[12:]}"


def _is_asked(refund: Refund, wanted: Wanted) -> bool:
    receipt = refund.movement.receipt if refund.movement else None
    asked = (wanted.fields.get("OriginalConversationID"), wanted.fields.get("TransactionID"))
    return refund.ids[OURS] == asked[0] or (receipt is not None and receipt == asked[1])
