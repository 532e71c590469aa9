"""Sockets that a node listens on."""

import errno
import socket

from chain.errors import ChainError


class AddressUnusable(ChainError):
    code = "address_unusable"
    text = "Cannot listen on {host} port {port}: {reason}. Choose another with {flag}, or stop what uses it"


def listen(host: str, port: int, flag: str) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises AddressUnusable with advice that names the flag."""
    if not 0 <= port <= 65_535:
        raise AddressUnusable(host=host, port=port, flag=flag, reason="ports go from 0 to 65535")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = "another program uses it" if error.errno == errno.EADDRINUSE else (error.strerror or str(error))
        raise AddressUnusable(host=host, port=port, flag=flag, reason=reason) from None
    # Accepted connections inherit it. Head and body of a reply go out as two segments, and without it the second waits 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
