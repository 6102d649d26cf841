"""The sandbox: a separate web app that plays the providers and the payer's phone, and speaks only HTTP to the portal.

One process, one port, one phone network, one book of money. What is neutral lies here: operators with their numbers
and receipts, prompts, fates, twists, the courier that calls back, the request log, the control API (`/sandbox/…`) and
the phone pages. Each provider has a twin in a package of its own, mounted at a prefix of its own (`/daraja`, …).

A twin is written so:

* `account.py`: a frozen dataclass with the merchant's credentials, a field of `settings.SandboxSettings`.
* `codes.py`: the one table from the words of `results` to the provider's codes. A raw code passes as it is.
* `twin.py`: a class as `twin.Twin` says: `name`, `operator`, `code(result)`, `letter(transaction, result, movement)`
  (the callback's body and headers; the courier bends, repeats, loses and sends it), `unheard_of(path, status)`.
* `api.py`: `routes()`, which are given their twin by `sandbox.the_twin(name)`, with
  `before_request=answers.note_request`, and an `opt` that names `provider` and `kind` (`token`, `push`, `query`,
  `refund`) for the request log.
* `app.make_sandbox` makes it, `app.create_routes` mounts its routes, and `tests.sandbox.running.RunningSandbox` shows
  it to tests by its name.

To take a push, validate it and try `answers.without_accepting(fate.answer, entry, busy)` first. Then
`network.accept(twin, Push(…), request_id, ids=…, broken_rule=…)` gives the prompt, where the broken rule is
`network.broken_rule(push)`, one of the provider's own, or `LOCKED` if `network.is_locked(msisdn)`. After that
`await network.begin(prompt)` lets the payer act, and `answers.accepting(…)` answers, bent as the fate wants. A provider
that answers with the end itself waits for `prompt.over`.

To answer a query, find the prompt in `network.prompts`, `await answers.meet_query(…)`, and tell
`prompt.result_for_query()`, which is None in flight.

To send money back: `network.send_back(Refund(twin=…, request_id=…, push=…, kind=…, of=receipt))`. The switches `refund`
and `refund_answer` say how that ends and how it is answered; `book.payment(receipt)` and `network.left_of(payment)` say
what can be taken back.

Where no address travels with a request, `world.callback_urls[twin.name]` is the registered one (from the settings, and
from `POST /sandbox/callback-urls`). A twin without phones, such as a bank or a card network, writes
`book.move(Movement(…))` and lets `courier.carry(letters, url, request_id, twists)` call back, as an errand:
`network.errands.start(…)`.
"""
