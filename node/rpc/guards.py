"""What clients of one address may take of a node, and what they are told when it is too much.

An address is one of IPv4, or a network of 64 bits of IPv6, which is what one customer gets. Each has two allowances that refill as
time passes: one of requests, one of milliseconds of this node's time, which are measured after each answer. So a client that asks for
little may ask often, and one expensive question costs what it is worth. Whoever is refused hears when to try again.

Web sockets ask the same object: `guard.visitor(scope)` is None for who is not limited; otherwise `visitor.admit(now)` before each
question, `visitor.charge(seconds)` after it, and `guard.enter` and `guard.leave` around a connection.
"""

from collections import OrderedDict
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Any, Final

from node.config import Config
from node.rpc.errors import RpcError
from node.rpc.hosts import Hosts

ADDRESSES_MAX: Final = 10_000  # whose allowances are remembered, some 200 bytes each
LIMIT_EXCEEDED: Final = -32005


class TooMuch(RpcError):
    """A limit of the node's, not of the chain's: the same request is welcome later."""

    code = LIMIT_EXCEEDED


class WrongHost(RpcError):
    """The request names this node as it is not called."""

    code = LIMIT_EXCEEDED


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """What one address may take; `node.config` says why each."""

    hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    unlimited_addresses: tuple[str, ...] = ("127.0.0.0/8", "::1")
    private_network: bool = False
    concurrent_requests_max: int = 500
    address_connections_max: int = 64
    address_concurrent_max: int = 32
    address_requests_per_second: int = 100
    address_cost_ms_per_second: int = 250
    address_burst_seconds: int = 10


def guard_limits(config: Config) -> GuardLimits:
    names = GuardLimits.__slots__
    return GuardLimits(**{name: getattr(config, f"rpc_{name}") for name in names})


class Visitor:
    """One address: what is left of its allowances, and what it holds at the moment."""

    __slots__ = ("_limits", "at", "connection_count", "cost_ms", "request_count", "requests")

    def __init__(self, limits: GuardLimits, now: float) -> None:
        self._limits = limits
        self.at = now
        self.requests = float(limits.address_requests_per_second * limits.address_burst_seconds)
        self.cost_ms = float(limits.address_cost_ms_per_second * limits.address_burst_seconds)
        self.connection_count = 0
        self.request_count = 0

    def admit(self, now: float) -> None:
        """Take one request. Raises TooMuch."""
        limits = self._limits
        rate, cost_rate = limits.address_requests_per_second, limits.address_cost_ms_per_second
        passed, self.at = now - self.at, now
        self.requests = min(self.requests + passed * rate, rate * limits.address_burst_seconds)
        self.cost_ms = min(self.cost_ms + passed * cost_rate, cost_rate * limits.address_burst_seconds)
        if self.requests < 1:
            raise _too_much("rate_limited", "${most} requests a second", (1 - self.requests) / rate, most=rate)
        if self.cost_ms <= 0:
            raise _too_much(
                "cost_limited",
                "${most} ms of this node's time in a second",
                (1 - self.cost_ms) / cost_rate,
                most=cost_rate,
            )
        if self.request_count >= limits.address_concurrent_max:
            raise _too_much("too_many_at_once", "${most} requests at once", 1.0, most=limits.address_concurrent_max)
        self.requests -= 1

    def charge(self, seconds: float) -> None:
        """Take from the allowance what an answer has cost; it may go below nothing."""
        self.cost_ms -= seconds * 1000


VISITOR: ContextVar[Visitor | None] = ContextVar("visitor", default=None)
"""Whoever is being answered in this task, if there are limits: the dispatcher charges each call."""


def _too_much(code: str, what: str, wait_seconds: float, **data: Any) -> TooMuch:
    wait_ms = ceil(wait_seconds * 1000)
    return TooMuch(
        f"One address has {what}; try again in ${{retry_after_ms}} ms", expression=code, retry_after_ms=wait_ms, **data
    )


class Guard:
    """All addresses of one public socket."""

    __slots__ = ("_known", "_limits", "_proxies", "_unlimited", "_visitors", "hosts", "request_count")

    def __init__(self, limits: GuardLimits | None = None) -> None:
        self._limits = limits or GuardLimits()
        self._proxies = tuple(ip_network(one, strict=False) for one in self._limits.trusted_proxies)
        self._unlimited = tuple(ip_network(one, strict=False) for one in self._limits.unlimited_addresses)
        self._known: dict[str, str | None] = {}
        self._visitors: OrderedDict[str, Visitor] = OrderedDict()
        self.hosts = Hosts(self._limits.hosts)
        self.request_count = 0

    @property
    def limits(self) -> GuardLimits:
        return self._limits

    def visitor(self, scope: Mapping[str, Any], forwarded: bytes, now: float) -> Visitor | None:
        """Who asks; None for whoever has no limits. `forwarded` is an X-Forwarded-For header, believed from trusted proxies only."""
        client = scope.get("client")
        address = client[0] if client else "127.0.0.1"
        if forwarded and self._is_proxy(address):
            address = self._first_stranger(forwarded) or address
        return self._find(address, now)

    def check(self, host: bytes) -> None:
        """Raises WrongHost, or TooMuch where the node has enough to do."""
        if not self.hosts.allow(host):
            raise WrongHost(
                "This node is not called ${host}; its operator names it in rpc.hosts",
                expression="unknown_host",
                host=host.decode("latin-1")[:100],
            )
        if self.request_count >= self._limits.concurrent_requests_max:
            raise TooMuch(
                "The node answers ${most} requests at once; try again in ${retry_after_ms} ms",
                expression="node_busy",
                most=self._limits.concurrent_requests_max,
                retry_after_ms=1000,
            )

    def enter(self, address: str, now: float) -> Visitor | None:
        """A new connection. Raises TooMuch where the address has enough of them. To be followed by `leave`."""
        visitor = self._find(address, now)
        if visitor is not None:
            if visitor.connection_count >= self._limits.address_connections_max:
                raise TooMuch(
                    "One address has ${most} connections; close others, or try again in ${retry_after_ms} ms",
                    expression="too_many_connections",
                    most=self._limits.address_connections_max,
                    retry_after_ms=5000,
                )
            visitor.connection_count += 1
        return visitor

    @staticmethod
    def leave(visitor: Visitor | None) -> None:
        if visitor is not None:
            visitor.connection_count -= 1

    def _find(self, address: str, now: float) -> Visitor | None:
        if address not in self._known:
            if len(self._known) >= ADDRESSES_MAX:
                self._known.clear()
            self._known[address] = self._key_of(address)
        key = self._known[address]
        if key is None:
            return None
        visitor = self._visitors.get(key)
        if visitor is None:
            visitor = self._visitors[key] = Visitor(self._limits, now)
            self._forget_the_oldest()
        else:
            self._visitors.move_to_end(key)
        return visitor

    def _forget_the_oldest(self) -> None:
        while len(self._visitors) > ADDRESSES_MAX:
            key, oldest = self._visitors.popitem(last=False)
            if oldest.connection_count or oldest.request_count:
                self._visitors[key] = oldest  # it is here: somebody else goes
                return

    def _key_of(self, address: str) -> str | None:
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return address
        if isinstance(parsed, IPv6Address):
            mapped = parsed.ipv4_mapped
            if mapped is not None:
                return self._key_of(str(mapped))
        if any(parsed in network for network in self._unlimited):
            return None
        return str(ip_network((int(parsed) >> 64 << 64, 64))) if isinstance(parsed, IPv6Address) else str(parsed)

    def _is_proxy(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._proxies)

    def _first_stranger(self, forwarded: bytes) -> str | None:
        """From the right, where our own proxies wrote, the first address that is none of them."""
        found = None
        for part in reversed(forwarded.decode("latin-1").split(",")):
            found = part.strip().strip("[]")
            if not self._is_proxy(found):
                return found[:64]
        return found
