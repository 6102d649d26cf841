"""The services of a deposit that goes back when its lease ends, built together."""

from __future__ import annotations

from dataclasses import dataclass

from portal.providers.registry import Registry
from portal.services.deposit_desk import DepositDesk
from portal.services.deposit_messages import DepositMessages
from portal.services.deposit_money import DepositMoney
from portal.services.deposit_views import DepositViews
from portal.services.deposits import Deposits
from portal.services.messages import Messages
from portal.services.refund_proof import RefundProof
from portal.services.settlement import Settlement
from portal.services.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseEnd:
    """What tenant and landlord do, what the office decides, what all of them see and are told."""

    deposits: Deposits
    desk: DepositDesk
    views: DepositViews
    messages: DepositMessages


def lease_end(
    tools: Tools, registry: Registry, settlement: Settlement, messages: Messages, proof: RefundProof
) -> LeaseEnd:
    money = DepositMoney(tools, registry, settlement)
    deposits = Deposits(tools, money, proof)
    return LeaseEnd(
        deposits=deposits,
        desk=DepositDesk(tools, deposits, money),
        views=DepositViews(tools),
        messages=DepositMessages(tools, messages),
    )
