"""AzamPay's key: it signs its callbacks, and gives out the public half."""

import base64
from functools import cache

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SIGNED = ("utilityref", "externalreference", "transactionstatus", "operator")
"""In this order, with nothing between them; the amount is not among them."""


def new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def first_key() -> RSAPrivateKey:
    """Made once per process: it takes longer than all the rest of a start."""
    return new_key()


def sign(told: dict[str, str], key: RSAPrivateKey) -> str:
    text = "".join(told[name] for name in SIGNED)
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def public_pem(key: RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
