"""What an IP address says about who stands behind it: which network it belongs to, and whether everybody can reach it.

An attacker has many addresses, but few networks: what is counted or chosen per network costs him more. IPv4 addresses have 4 bytes
here and IPv6 addresses 16, as in messages; IPv4 within IPv6 is always taken apart.
"""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from chain.errors import InvalidInput
from node.p2p.forms import IPV4_BYTES, UINT16_MAX, PeerAddress

GROUP_BYTES: Final = {4: 2, 16: 4}
"""/16 and /32: what a provider gets from a registry. Whoever wants addresses in many groups needs many providers."""

SUBNET_BYTES: Final = {4: 3, 16: 6}
"""/24 and /48: what one customer of a provider may rent in one piece."""

HOST_BYTES: Final = {4: 4, 16: 8}
"""The address itself, and /64: a single host has a whole /64 of IPv6 to choose from."""

PRIVILEGED_PORT_MAX: Final = 1_023
"""Mail, names and the web are behind these; hearsay must not make nodes knock there."""

REMEMBERED: Final = 16_384
"""Addresses whose kind is not looked up again: gossip repeats itself."""

_NAT64 = bytes.fromhex("0064ff9b")
_6TO4 = bytes.fromhex("2002")


class UnreadableAddress(InvalidInput):
    code = "unreadable_peer_address"
    text = "{address} is no address of a node: `203.0.113.5:2001` or `[2001:db8::1]:2001` is one"


def ip_of(text: str) -> bytes:
    """The bytes of an IP address, as sockets name it. Raises ValueError."""
    ip = ip_address(text.partition("%")[0])
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return (mapped or ip).packed


def address_of(text: str) -> PeerAddress:
    """What PeerAddress.text has written. Raises UnreadableAddress."""
    host, _, port = text.rpartition(":")
    try:
        ip = ip_of(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise UnreadableAddress(address=text) from None
    if not (port.isascii() and port.isdecimal() and 0 < int(port) <= UINT16_MAX):
        raise UnreadableAddress(address=text)
    return PeerAddress(ip, int(port))


def group(ip: bytes) -> bytes:
    """The part that says which network it is of."""
    return ip[: GROUP_BYTES[len(ip)]]


def subnet(ip: bytes) -> bytes:
    return ip[: SUBNET_BYTES[len(ip)]]


def host(ip: bytes) -> bytes:
    return ip[: HOST_BYTES[len(ip)]]


@lru_cache(REMEMBERED)
def is_local(ip: bytes) -> bool:
    """On this machine or in a private network: nobody on the internet can have such an address."""
    address = ip_address(ip)
    return address.is_loopback or address.is_link_local or (address.is_private and not address.is_unspecified)


@lru_cache(REMEMBERED)
def is_public(ip: bytes) -> bool:
    """Everybody can dial it. IPv6 that wraps IPv4 is a second name of a host, and in a group of its own: it does not count."""
    address = ip_address(ip)
    wraps = len(ip) != IPV4_BYTES and ip.startswith((_6TO4, _NAT64))
    return address.is_global and not address.is_multicast and not address.is_reserved and not wraps
