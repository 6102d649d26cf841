"""What a callback of AzamPay says (providers.md §8.1), and whether its signature proves who says it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from portal.domain.money import Money
from portal.domain.outcome import Outcome, Paid
from portal.providers.azampay_codes import outcome, word_of
from portal.providers.provider import CallbackUnreadable
from portal.providers.wallet import stated_shillings

OPERATORS = frozenset({"Airtel", "Tigo", "Halopesa", "Azampesa", "Mpesa"})
SHORTEST_KEY = 2048
_REFERENCE = re.compile("[!-~]{1,128}")


@dataclass(frozen=True, slots=True)
class Callback:
    """`reference` is the externalId that we gave. One without a `signature` is of the older kind, and proves nothing.

    Which of its other references the payer's own message shows is documented nowhere, so none is called a receipt code.
    """

    reference: str
    word: str
    operator: str
    external_reference: str
    signature: str | None
    amount: Money

    def outcome(self) -> Outcome:
        said = outcome(self.word)
        return Paid(amount=self.amount) if isinstance(said, Paid) else said

    def is_signed_by(self, key: RSAPublicKey) -> bool:
        """The amount is not signed: it is compared with what we asked for, like that of any hint.

        Nothing stands between the four fields, so one text could be cut in two ways. It cannot, where the last field is
        one of five words and the one before it decides: what was signed as a failure does not end like a success.
        """
        if self.signature is None or self.operator not in OPERATORS:
            return False
        text = f"{self.reference}{self.external_reference}{self.word}{self.operator}"
        try:
            signature = base64.b64decode(self.signature, validate=True)
            key.verify(signature, text.encode(errors="replace"), PKCS1v15(), SHA256())
        except (binascii.Error, ValueError, InvalidSignature):
            return False
        return True


def read_callback(body: str) -> Callback:
    """Raises CallbackUnreadable, whatever the body is."""
    try:
        # Numbers stay as they are written: the amount is a string by the documents, and is read in one way.
        told = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise CallbackUnreadable("no JSON") from error
    if not isinstance(told, dict):
        raise CallbackUnreadable("no JSON object")
    reference, word = _text(told.get("utilityref")), word_of(told.get("transactionstatus"))
    if word is None or not _REFERENCE.fullmatch(reference):
        raise CallbackUnreadable("no utilityref" if word else "no transactionstatus")
    return Callback(
        reference=reference,
        word=word,
        operator=_text(told.get("operator")),
        external_reference=_text(told.get("externalreference")),
        signature=_text(told.get("signature")) or None,
        amount=stated_shillings(told.get("amount")),
    )


def read_public_key(text: object) -> RSAPublicKey | None:
    """A key as AzamPay gives it out, in PEM; None for whatever else, and for one too short to prove anything."""
    try:
        key = load_pem_public_key(_text(text).encode())
    except ValueError:
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= SHORTEST_KEY else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
