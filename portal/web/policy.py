"""Who may ask for which page: one row for every route, checked by the guard; a route without a row fails the start."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.person import Role

TENANT: frozenset[Role | None] = frozenset({Role.TENANT})
LANDLORD: frozenset[Role | None] = frozenset({Role.LANDLORD})
APPROVER: frozenset[Role | None] = frozenset({Role.APPROVER})
STAFF: frozenset[Role | None] = frozenset({Role.OFFICE, Role.APPROVER})
SIGNED_IN: frozenset[Role | None] = frozenset(Role)
ANYONE: frozenset[Role | None] = SIGNED_IN | {None}
"""None is somebody who has not signed in."""

POLICY: Mapping[str, frozenset[Role | None]] = {
    # the ground
    "home": SIGNED_IN,
    "sign_in": ANYONE,
    "send_code": ANYONE,
    "enter_code": ANYONE,
    "use_code": ANYONE,
    "enter_as": ANYONE,
    "sign_out": SIGNED_IN,
    "language": ANYONE,
    "gallery": ANYONE,
    # the pay path
    "pay": TENANT,
    "choose_bill": TENANT,
    "pay_method": TENANT,
    "choose_method": TENANT,
    "pay_details": TENANT,
    "choose_details": TENANT,
    "pay_check": TENANT,
    "start_payment": TENANT,
    "payment": TENANT,
    "payment_card": TENANT,
    "pay_again": TENANT,
    "payment_return": TENANT,
    "payment_cancel": TENANT,
    "cancel_payment": TENANT,
    # records
    "payments": TENANT,
    "payment_detail": TENANT,
    "receipt": SIGNED_IN,
    "verify": ANYONE,
    "proof": ANYONE,
    "landlord": LANDLORD,
    "office": STAFF,
    "office_payment": STAFF,
    "propose_money": STAFF,
    "propose_no_money": STAFF,
    "confirm_correction": APPROVER,
    "turn_down_correction": STAFF,
    "help": ANYONE,
    "no_prompt": ANYONE,
    "fees": ANYONE,
    "privacy": ANYONE,
    "accessibility": ANYONE,
}
"""What a role may see of somebody else's things is not decided here but by the service that is asked for them."""
