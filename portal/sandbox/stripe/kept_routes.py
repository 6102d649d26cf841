"""Cards that are kept: what one looks like, and how it is forgotten, with its customer."""

from litestar import delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.sandbox.answers import SandboxRequest
from portal.sandbox.stripe.caller import read_request
from portal.sandbox.stripe.objects import Json, method_json
from portal.sandbox.stripe.requests import NOTHING
from portal.sandbox.stripe.twin import Stripe


@get("/v1/payment_methods/{method:str}", opt={"kind": "query"})
async def retrieve_method(
    request: SandboxRequest, stripe: NamedDependency[Stripe], method: FromPath[str]
) -> Json:
    form, _ = await read_request(request, stripe)
    NOTHING(form, "")
    return method_json(stripe.vault.find(method))


@delete("/v1/customers/{customer:str}", status_code=200, opt={"kind": "forget"})
async def delete_customer(
    request: SandboxRequest, stripe: NamedDependency[Stripe], customer: FromPath[str]
) -> Json:
    form, _ = await read_request(request, stripe)
    NOTHING(form, "")
    stripe.vault.forget(customer)
    return {"id": customer, "object": "customer", "deleted": True}


handlers = [retrieve_method, delete_customer]
