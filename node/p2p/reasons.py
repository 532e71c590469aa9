"""Why links end, for the peer and for the operator's log. The numbers stand in Goodbye, in every version of the protocol."""

from enum import IntEnum
from typing import Final


class Reason(IntEnum):
    """Why a link ends. LOST is never sent."""

    OTHER = 0
    LEAVING = 1
    WRONG_VERSION = 2
    WRONG_CHAIN = 3
    WRONG_GENESIS = 4
    SELF = 5
    WRONG_IDENTITY = 6
    DUPLICATE = 7
    FULL = 8
    BANNED = 9
    BAD_HANDSHAKE = 10
    BAD_FRAME = 11
    BAD_MESSAGE = 12
    UNEXPECTED_MESSAGE = 13
    MISBEHAVED = 14
    TOO_SLOW = 15
    SLOW_READER = 16
    NOT_USEFUL = 17
    LOST = 18

    @property
    def text(self) -> str:
        """For the operator's log."""
        return _TEXTS[self]


_TEXTS: Final = {
    Reason.OTHER: "a reason that this version does not know",
    Reason.LEAVING: "the node stops or makes room, and nothing is wrong",
    Reason.WRONG_VERSION: "the two speak different versions of this protocol: one of them needs an update",
    Reason.WRONG_CHAIN: "the two follow different chains: their chain ids differ",
    Reason.WRONG_GENESIS: "the same chain id, but another first state: one of them has a wrong genesis file",
    Reason.SELF: "the node has dialled itself, or two nodes share one identity key",
    Reason.WRONG_IDENTITY: "another node answers at this address than the one that was meant",
    Reason.DUPLICATE: "there is a link between the two already",
    Reason.FULL: "no place is free for another peer",
    Reason.BANNED: "the peer misbehaved lately",
    Reason.BAD_HANDSHAKE: "the handshake did not prove who the peer is",
    Reason.BAD_FRAME: "bytes that do not decrypt, or a frame too large: damage or tampering on the way",
    Reason.BAD_MESSAGE: "a message that cannot be read",
    Reason.UNEXPECTED_MESSAGE: "a message that has no place in this state of the link",
    Reason.MISBEHAVED: "the ban score reached its limit",
    Reason.TOO_SLOW: "the handshake, a frame or the answer to a ping took too long",
    Reason.SLOW_READER: "the peer does not read what it is sent",
    Reason.NOT_USEFUL: "another peer serves better",
    Reason.LOST: "the connection broke without a goodbye",
}


def known_reason(number: int) -> Reason:
    """The reason of a Goodbye; OTHER for one of a later version."""
    try:
        return Reason(number)
    except ValueError:
        return Reason.OTHER
