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
    "payment_bank": TENANT,
    "pay_again": TENANT,
    "pay_menu": TENANT,
    "payment_return": TENANT,
    "payment_cancel": TENANT,
    "cancel_payment": TENANT,
    "payment_claim": TENANT,
    "make_claim": TENANT,
    # saved ways to pay
    "methods": TENANT,
    "method_add": TENANT,
    "add_method": TENANT,
    "method_verify": TENANT,
    "verify_method": TENANT,
    "method_card": TENANT,
    "look_for_card": TENANT,
    "make_default": TENANT,
    "method_rename": TENANT,
    "rename_method": TENANT,
    "method_delete": TENANT,
    "delete_method": TENANT,
    "method_schedule": TENANT,
    "schedule_method": TENANT,
    "payment_link": TENANT,
    "payment_done": TENANT,
    "link": ANYONE,
    "link_card": ANYONE,
    "choose_method_by_link": ANYONE,
    "link_phone": ANYONE,
    "choose_phone_by_link": ANYONE,
    "link_check": ANYONE,
    "pay_by_link": ANYONE,
    # records
    "payments": TENANT,
    "payment_detail": TENANT,
    "refund_form": TENANT,
    "check_refund": TENANT,
    "ask_refund": TENANT,
    "refund": SIGNED_IN,
    "landlord_refunds": LANDLORD,
    "office_refunds": STAFF,
    "landlord_refund": LANDLORD,
    "landlord_approves": LANDLORD,
    "landlord_declines": LANDLORD,
    "office_refund": STAFF,
    "office_approves": STAFF,
    "office_declines": STAFF,
    "refund_sent": STAFF,
    "refund_not_sent": STAFF,
    "look_at_refund": STAFF,
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
    "suspense": STAFF,
    "bank_line": STAFF,
    "assign_money": STAFF,
    "send_money_back": STAFF,
    "confirm_assignment": APPROVER,
    "turn_down_assignment": STAFF,
    "statements": STAFF,
    "bring_statement": STAFF,
    "statement": STAFF,
    "providers": STAFF,
    "provider": STAFF,
    "close_alert": STAFF,
    "switch_provider_off": STAFF,
    "switch_provider_on": STAFF,
    "help": ANYONE,
    "no_prompt": ANYONE,
    "fees": ANYONE,
    "privacy": ANYONE,
    "accessibility": ANYONE,
}
"""What a role may see of somebody else's things is not decided here but by the service that is asked for them."""
