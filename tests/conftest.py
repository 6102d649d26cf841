"""How much hypothesis tries: little and always the same in `make test`, much and by chance in `make test-all`."""

from hypothesis import settings

from tests.compiled import compile_once
from tests.readable import plain_tracebacks
from tests.tempfiles import keep_in_memory

pytest_plugins = ["tests.fixtures"]

settings.register_profile("quick", max_examples=60, derandomize=True, deadline=None, database=None)
settings.register_profile("full", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("quick")

compile_once()
keep_in_memory()
plain_tracebacks()
