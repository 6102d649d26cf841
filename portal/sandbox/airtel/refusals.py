"""How Airtel says no: in its own envelope, in the router's, or as the token's guardian."""

from dataclasses import dataclass


@dataclass
class RefusedError(Exception):
    """`code` is a response code (DP…) or a result code (ESB…); the router's are told in a form of its own."""

    code: str
    message: str
    status: int = 400

    def body(self) -> dict[str, object]:
        if self.code.startswith("ROUTER"):
            return {"status_code": self.code, "status_message": self.message}
        kind = "result_code" if self.code.startswith("ESB") else "response_code"
        told = {"code": str(self.status), "message": self.message, kind: self.code, "success": False}
        return {"status": told}


@dataclass
class UnauthorizedError(Exception):
    error: str
    description: str

    def body(self) -> dict[str, object]:
        return {"error": self.error, "error_description": self.description}


def invalid_client() -> UnauthorizedError:
    return UnauthorizedError("invalid_client", "Invalid client authentication")


def invalid_token() -> UnauthorizedError:
    return UnauthorizedError("invalid_token", "The access token is invalid or has expired")


def invalid_grant() -> RefusedError:
    return RefusedError("ESB000008", "Invalid grant type")


def invalid_field(name: str) -> RefusedError:
    """An unknown field's name is a stranger's text: it may be long, and hold what no answer can carry."""
    return RefusedError("ESB000008", f"Field validation: {name.encode('ascii', 'replace').decode()[:40]}")


def duplicate() -> RefusedError:
    return RefusedError("ESB000041", "External Transaction ID already exists.")


def busy() -> RefusedError:
    """Nobody says whether a payment began before it."""
    return RefusedError("ESB000004", "An error occurred while initiating the payment", 500)


def not_fetched() -> RefusedError:
    return RefusedError("ESB000014", "An error occurred while fetching the transaction status", 500)


def not_found() -> RefusedError:
    return RefusedError("DP00800001025", "The transaction was not found.", 200)


def failed() -> RefusedError:
    """No document says what a second refund of the same payment is answered."""
    return RefusedError("ESB000011", "Failed")
