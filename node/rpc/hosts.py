"""By which names a node answers.

A page of a foreign site may have its own name point at 127.0.0.1, and its scripts then reach a node there as if it were their
own server (DNS rebinding). The request still names the foreign site in its Host header, so a node answers to names it knows:
addresses, which nobody can rebind, `localhost`, and those in the setting `rpc.hosts`.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

ANY: Final = "*"
VERDICTS_MAX: Final = 256  # hosts whose verdict is remembered: a node has few names


def host_name(host: bytes) -> str:
    """The name or address of a Host header, without its port and brackets, in lower case."""
    text = host.decode("latin-1").strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    name, colon, port = text.rpartition(":")
    return (name if colon and port.isdigit() and ":" not in name else text).rstrip(".")


def is_local_host(host: bytes) -> bool:
    """Whether a Host header names this machine in a way that no foreign site can: by an address, or as localhost."""
    name = host_name(host)
    if not name or name == "localhost" or name.endswith(".localhost"):
        return True  # without one comes what is no browser
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


class Hosts:
    """The names of one node, as its settings give them."""

    __slots__ = ("_allows_any", "_names", "_verdicts")

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(name.strip().lower().rstrip(".") for name in names)
        self._allows_any = ANY in self._names
        self._verdicts: dict[bytes, bool] = {b"": True}

    def allow(self, host: bytes) -> bool:
        verdict = self._verdicts.get(host)
        if verdict is None:
            verdict = self._allows_any or is_local_host(host) or host_name(host) in self._names
            if len(self._verdicts) >= VERDICTS_MAX:
                self._verdicts.clear()
            self._verdicts[host] = verdict
        return verdict
