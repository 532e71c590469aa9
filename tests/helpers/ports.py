"""Ports for servers that must know theirs beforehand."""

import random
import socket

BELOW_THOSE_GIVEN_OUT = range(20_000, 32_000)
"""Whoever asks the system for any port gets a higher one: it could be this very one, a moment after it was found to be unused."""


def unused_port() -> int:
    while True:
        port = random.SystemRandom().choice(BELOW_THOSE_GIVEN_OUT)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
