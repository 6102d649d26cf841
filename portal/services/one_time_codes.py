"""One-time codes: kept as hashes, sent and tried a few times only, and good for nothing but what they were sent for."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from portal.services.tools import Tools
from portal.store import jobs, limits, messages, sign_in
from portal.store.limits import Limit
from portal.store.types import Tx

CODE_LIVES = timedelta(minutes=10)
CODE_DIGITS = 6
_WINDOW = timedelta(minutes=15)
SENDS = Limit("code sent", 3, _WINDOW)
TRIES = Limit("code tried", 5, _WINDOW)
SENDS_PER_PERSON = Limit("code sent to person", 3, _WINDOW)
TRIES_PER_PERSON = Limit("code tried for person", 5, _WINDOW)
# A carrier puts thousands of phones behind one address: these only stop a machine, the ones above guard an account.
SENDS_PER_CLIENT = Limit("code sent from", 100, _WINDOW)
TRIES_PER_CLIENT = Limit("code tried from", 200, _WINDOW)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a code proves: that somebody reads what comes to an address, for one purpose.

    Both are keyed hashes. Sends are counted by the `address`, whatever they are for. A code is kept and tried by its
    `purpose`, so that none does what it was not sent for, and nobody's wrong codes for one thing bar another.
    `person`: whose account it is about, where there is one.
    """

    address: str
    purpose: str
    person: str | None


class OneTimeCodes:
    """Inside a transaction of whoever wants something proved."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def new(self) -> str:
        return f"{int.from_bytes(self._tools.random(8)) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"

    def keep(self, tx: Tx, proof: Proof, code: str, client: str) -> str:
        """The id under which the code waits; the ones before it end. Raises TooMany."""
        now, code_id = self._tools.clock(), self._tools.reference()
        limits.hit(tx, SENDS, proof.address, now)
        limits.hit(tx, SENDS_PER_CLIENT, client, now)
        if proof.person:
            limits.hit(tx, SENDS_PER_PERSON, proof.person, now)
        sign_in.keep_code(
            tx,
            code_id=code_id,
            purpose=proof.purpose,
            person=proof.person,
            code_hash=self._hash(proof, code),
            expires_at=now + CODE_LIVES,
        )
        return code_id

    def send(self, tx: Tx, code_id: str, code: str, person: str, kind: str, **where: str) -> None:
        """The text of that kind, after the commit; `where` tells the job to which address it goes."""
        now, key = self._tools.clock(), f"code:{code_id}"
        message = messages.write(
            tx,
            self._tools.vault,
            key=key,
            person=person,
            payment=None,
            kind=kind,
            body=code,
            now=now,
        )
        jobs.enqueue(tx, "send", key, now, message=message, **where)

    def take(self, tx: Tx, proof: Proof, typed: str, client: str) -> str | None:
        """Use the code up if it fits; whom it is for, or None. Raises TooMany.

        Every try is counted in the transaction that commits it, so a wrong one must not raise in here.
        """
        now = self._tools.clock()
        limits.hit(tx, TRIES, proof.purpose, now)
        limits.hit(tx, TRIES_PER_CLIENT, client, now)
        if proof.person:
            # An account has several addresses, and no more tries for that.
            limits.hit(tx, TRIES_PER_PERSON, proof.person, now)
        return sign_in.take_code(tx, proof.purpose, self._hash(proof, _digits(typed)), now)

    def _hash(self, proof: Proof, code: str) -> str:
        key = self._tools.signing_keys[0]
        return hmac.new(key, f"code:{proof.purpose}:{code}".encode(), sha256).hexdigest()


def _digits(typed: str) -> str:
    """What a person pasted, spaces and dashes and all."""
    return "".join(c for c in typed if c.isdigit())[: CODE_DIGITS + 1]
