"""How AzamPay says no: an HTTP status, `success` false, and prose."""

from dataclasses import dataclass


@dataclass
class RefusedError(Exception):
    status: int
    message: str

    def body(self) -> dict[str, object]:
        return {"success": False, "message": self.message, "statusCode": self.status}


def unauthorized() -> RefusedError:
    return RefusedError(401, "Please provide valid authorization")


def invalid_credentials() -> RefusedError:
    return RefusedError(423, "Provided detail is not valid or secret key has been expired")


def invalid_field(name: str) -> RefusedError:
    """An unknown field's name is a stranger's text: it may be long, and hold what no answer can carry."""
    return RefusedError(400, f"Invalid {name.encode('ascii', 'replace').decode()[:40]}")


def duplicate() -> RefusedError:
    return RefusedError(200, "Duplicate external id")


def busy() -> RefusedError:
    return RefusedError(200, "Your request could not be initiated")


def not_found() -> RefusedError:
    return RefusedError(404, "Transaction not found")
