"""How Daraja says no: an HTTP status with the envelope {requestId, errorCode, errorMessage}."""

from dataclasses import dataclass


@dataclass
class RefusedError(Exception):
    status: int
    code: str
    message: str


def invalid(field: str) -> RefusedError:
    """An unknown field's name is a stranger's text: it may be long, and hold what no answer can carry."""
    name = field.encode("ascii", "replace").decode()[:40]
    return RefusedError(400, "400.002.02", f"Bad Request - Invalid {name}")


def invalid_payload() -> RefusedError:
    return RefusedError(400, "400.002.05", "Invalid Request Payload")


def merchant_unknown() -> RefusedError:
    return RefusedError(500, "500.001.1001", "Merchant does not exist")


def wrong_password() -> RefusedError:
    return RefusedError(500, "500.001.1001", "Wrong credentials")


def subscriber_locked() -> RefusedError:
    words = "Unable to lock subscriber, a transaction is already in process for the current subscriber"
    return RefusedError(500, "500.001.1001", words)


def being_processed() -> RefusedError:
    return RefusedError(500, "500.001.1001", "The transaction is being processed")


def being_processed_without_words() -> RefusedError:
    return RefusedError(200, "500.001.1001", "")


def does_not_exist() -> RefusedError:
    return RefusedError(500, "500.001.1001", "The transaction does not Exist")


def busy() -> RefusedError:
    return RefusedError(500, "500.003.02", "System is busy. Please try again in few minutes.")


def invalid_authentication_type() -> RefusedError:
    return RefusedError(400, "400.008.01", "Invalid Authentication passed")


def invalid_grant_type() -> RefusedError:
    return RefusedError(400, "400.008.02", "Invalid grant type passed")


def invalid_header() -> RefusedError:
    return RefusedError(404, "404.001.04", "Invalid Authentication Header")


def invalid_token() -> RefusedError:
    return RefusedError(404, "404.001.03", "Invalid Access Token")


def no_such_resource() -> RefusedError:
    return RefusedError(404, "404.001.01", "Resource not found")


def wrong_verb() -> RefusedError:
    return RefusedError(405, "405.001", "Method Not Allowed")


def duplicate_conversation() -> RefusedError:
    return RefusedError(500, "500.002.1001", "Duplicate OriginatorConversationID.")
