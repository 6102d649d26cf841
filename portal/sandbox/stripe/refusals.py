"""How Stripe says no: one envelope, with a type, mostly a code, and sometimes the parameter that is wrong."""

from dataclasses import dataclass, field

LONGEST_NAME = 60


@dataclass
class RefusedError(Exception):
    """`more` are further fields of the error, such as the PaymentIntent that it is about."""

    kind: str
    message: str
    status: int = 400
    code: str | None = None
    param: str | None = None
    more: dict[str, object] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        told = {"type": self.kind, "message": self.message, "code": self.code, "param": self.param}
        return {"error": {name: value for name, value in told.items() if value is not None} | self.more}


def invalid(
    message: str, *, code: str | None = None, param: str | None = None, status: int = 400
) -> RefusedError:
    return RefusedError("invalid_request_error", message, status, code, param)


def unknown_parameter(name: str) -> RefusedError:
    """Its name is a stranger's text: it may be long, and hold what no answer can carry."""
    shown = name.encode("ascii", "replace").decode()[:LONGEST_NAME]
    return invalid(f"Received unknown parameter: {shown}", code="parameter_unknown", param=shown)


def missing_parameter(name: str) -> RefusedError:
    return invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)


def wrong_parameter(name: str, wanted: str) -> RefusedError:
    return invalid(f"Invalid {name}: must be {wanted}.", code=f"parameter_invalid_{wanted}", param=name)


def no_key() -> RefusedError:
    return invalid("You did not provide an API key.", status=401)


def wrong_key() -> RefusedError:
    return invalid("Invalid API Key provided.", status=401)


def ended_key() -> RefusedError:
    return invalid("Expired API Key provided.", code="api_key_expired", status=401)


def no_such(kind: str, known_as: str, *, param: str = "id", status: int = 404) -> RefusedError:
    shown = known_as.encode("ascii", "replace").decode()[:LONGEST_NAME]
    return invalid(f"No such {kind}: '{shown}'", code="resource_missing", param=param, status=status)


def busy() -> RefusedError:
    return invalid("Request rate limit exceeded.", code="rate_limit", status=429)


def not_open() -> RefusedError:
    return invalid('Only Checkout Sessions with a status in ["open"] can be expired.')


def not_to_be_canceled() -> RefusedError:
    return invalid(
        "You cannot cancel this PaymentIntent because of its status.", code="payment_intent_unexpected_state"
    )


def refunded_already() -> RefusedError:
    return invalid("The charge has already been refunded.", code="charge_already_refunded")


def disputed_already() -> RefusedError:
    return invalid("The charge has been charged back.", code="charge_disputed")


def more_than_is_left() -> RefusedError:
    return invalid("Refund amount is greater than unrefunded amount on charge.", param="amount")


def other_request() -> RefusedError:
    return RefusedError(
        "idempotency_error",
        "Keys for idempotent requests can only be used with the same parameters they were first used with.",
    )
