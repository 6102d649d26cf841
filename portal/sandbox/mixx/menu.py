"""The menu of Mixx by Yas: a payer types whom, for what and how much, and the merchant is asked before any money moves.

The question is SYNC_BILLPAY, in XML. What no document says, it does so:
1. an answer that does not come, or is none of the documented ones, is asked for again with the same TXNID;
2. when nobody has answered the last question either, nothing is taken;
3. the text of the merchant's answer is what the payer reads, whether it says yes or no.
"""

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from portal.sandbox import receipts
from portal.sandbox.book import Movement
from portal.sandbox.fates import Twist
from portal.sandbox.twin import Letter
from portal.sandbox.world import World

REGISTERED = "mixx-menu"
"""The name of the merchant's address for these questions, among `World.callback_urls`."""
TRIES = 3
WAIT = "Your payment is being sent. Wait for the message."
FAILED = "Mixx by Yas: the company does not answer. Nothing was taken. Try again later."
FIELDS = {
    "TYPE": "SYNC_BILLPAY_RESPONSE",
    "TXNID": "[!-~]{1,20}",
    "REFID": "[!-~]{1,50}",
    "RESULT": "TS|TF",
    "ERRORCODE": "error[0-9]{3}",
    "ERRORDESC": ".*",
    "MSISDN": r"\+?[0-9]+",
    "FLAG": "[YN]",
    "CONTENT": "[^|]{0,140}",
}
"""The fields of an answer and their forms."""


@dataclass(frozen=True)
class Typed:
    """What a payer typed. `txnid` is what the network calls it, and the receipt of what is paid."""

    msisdn: str
    company: str
    reference: str
    amount: int
    txnid: str

    @property
    def letter(self) -> Letter:
        told = {
            "TYPE": "SYNC_BILLPAY_REQUEST",
            "TXNID": self.txnid,
            "MSISDN": f"0{self.msisdn[3:]}",
            "AMOUNT": str(self.amount),
            "COMPANYNAME": self.company,
            "CUSTOMERREFERENCEID": self.reference,
        }
        fields = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in told.items())
        return Letter(f"<COMMAND>{fields}</COMMAND>".encode(), {"Content-Type": "text/xml"})


class Menu:
    """`company` is the merchant's number; of others nobody here knows."""

    def __init__(self, world: World, company: str) -> None:
        self.world, self.company = world, company

    def begin(self, msisdn: str, company: str, reference: str, amount: int) -> Typed:
        now = self.world.clock()
        txnid = receipts.mixx_menu(now, self.world.token_source(8))
        return Typed(msisdn, company, reference, amount, txnid)

    async def play(self, typed: Typed) -> str:
        """Ask the merchant, as often as it takes, and move the money or not; what the payer reads in the end."""
        network = self.world.network
        texts = network.notices.setdefault(typed.msisdn, [])
        place = len(texts)
        texts.append(WAIT)
        answer = await self._answer_to(typed, network.next_twists.pop(typed.msisdn, set()))
        texts[place] = self._ended(typed, answer)
        return texts[place]

    async def _answer_to(self, typed: Typed, twists: set[Twist]) -> dict[str, str] | None:
        """With the twist `lost` it is the first answer that gets lost, not the question."""
        network = self.world.network
        url = self.world.callback_urls.get(REGISTERED, "")
        for number in range(TRIES if url and typed.company == self.company else 0):
            sent = frozenset(twists - {Twist.LOST})
            told = await network.courier.carry([typed.letter], url, typed.txnid, sent)
            heard = [answer for text in told if (answer := read_answer(text, typed))]
            if heard and not (Twist.LOST in twists and number == 0):
                return heard[0]
        return None

    def _ended(self, typed: Typed, answer: dict[str, str] | None) -> str:
        if answer is None:
            return FAILED
        if answer["RESULT"] == "TS":
            self.world.network.book.move(
                Movement(
                    request_id=typed.txnid,
                    msisdn=typed.msisdn,
                    amount=typed.amount,
                    receipt=typed.txnid,
                    account_reference=typed.reference,
                    at=self.world.clock(),
                    provider="mixx",
                )
            )
        return answer["CONTENT"]


def read_answer(text: str, typed: Typed) -> dict[str, str] | None:
    """The fields of an answer to this question; None of what is none."""
    try:
        command = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return None
    found = {field.tag: field.text or "" for field in command}
    if command.tag != "COMMAND" or found.keys() != FIELDS.keys():
        return None
    fits = all(re.fullmatch(form, found[name]) for name, form in FIELDS.items())
    return found if fits and found["TXNID"] == typed.txnid else None
