"""What a person can do with the prompt on the phone, by button or by the control API."""

from portal.sandbox.network import Network
from portal.sandbox.prompt import Prompt
from portal.sandbox.results import CANCELLED, PAID, WRONG_PIN

ACTS = {"approve": PAID, "wrong-pin": WRONG_PIN, "cancel": CANCELLED}
IGNORE = "ignore"


def act(network: Network, msisdn: str, name: str) -> Prompt | None:
    """The prompt that was acted upon, or None if the phone shows none or the act is unknown."""
    prompt = network.live_prompt(msisdn)
    if prompt is None or name not in (*ACTS, IGNORE):
        return None
    if name == IGNORE:
        prompt.ignored = True
    else:
        network.act(prompt, ACTS[name])
    return prompt
