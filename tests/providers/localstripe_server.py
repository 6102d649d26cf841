"""Runs localstripe, somebody else's simulation of Stripe's API, on a free port of this machine, and prints the port."""

from __future__ import annotations

import socket
import sys

from aiohttp import web
from localstripe import resources
from localstripe.server import app


def main() -> None:
    # Else it writes all that it holds into one file for every user of the machine, at each change.
    resources.Store.dump_to_disk = lambda _: None
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.bind(("127.0.0.1", 0))
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    web.run_app(app, sock=listening, print=None, access_log=None)


if __name__ == "__main__":
    main()
