"""Two ends of a link, and the bytes between them, for tests."""

from chain.keys import PrivateKey, Scheme
from node.p2p.messages import LENGTH_BYTES, Message, encode, pack_batch
from node.p2p.protocol import Closed, Event, Opened, PeerProtocol
from node.p2p.session import ENTROPY_BYTES, Introduction, Network, Role, Session, State

NETWORK = Network(chain_id=bytes(range(32)), genesis_id=bytes(range(32, 64)))


def identity(name: str) -> PrivateKey:
    return PrivateKey.from_seed(f"p2p {name}", Scheme.ED25519)


def introduction(name: str, network: Network = NETWORK, *, listen_port: int = 2001) -> Introduction:
    head_id = (7).to_bytes(4, "big") + bytes(16)
    return Introduction(identity(name), network, "skald/0.1.0", head_id, listen_port)


def entropy(seed: int) -> bytes:
    return bytes((seed + pos) % 256 for pos in range(ENTROPY_BYTES))


def initiator(name: str = "alice", seed: int = 1, now: float = 0.0, **others: object) -> PeerProtocol:
    return PeerProtocol(Role.INITIATOR, introduction(name), entropy(seed), now, **others)  # type: ignore[arg-type]


def responder(name: str = "bob", seed: int = 101, now: float = 0.0) -> PeerProtocol:
    return PeerProtocol(Role.RESPONDER, introduction(name), entropy(seed), now)


def shuttle(one: PeerProtocol, other: PeerProtocol, now: float) -> tuple[list[Event], list[Event]]:
    """Carry bytes back and forth until nobody has any: the events of each."""
    events: tuple[list[Event], list[Event]] = ([], [])
    while True:
        to_other, to_one = one.data_to_send(), other.data_to_send()
        if not to_other and not to_one:
            return events
        events[1].extend(other.receive(to_other, now))
        events[0].extend(one.receive(to_one, now))


def opened(now: float = 0.0) -> tuple[PeerProtocol, PeerProtocol]:
    """An open link: who dialled, who was dialled."""
    one, other = initiator(now=now), responder(now=now)
    events = shuttle(one, other, now)
    assert [type(event) for event in (*events[0], *events[1])] == [Opened, Opened]
    assert one.state is other.state is State.OPEN
    return one, other


class Puppet:
    """A peer that knows the handshake and then says whatever a test wants it to say."""

    def __init__(self, link: PeerProtocol, role: Role, name: str = "mallory", seed: int = 201) -> None:
        self.link = link
        self.session = Session(role, introduction(name), entropy(seed))

    def shake_hands(self, now: float = 0.0, *, is_proving: bool = True) -> list[Event]:
        """All the way to an open link, or up to the puppet's proof."""
        events: list[Event] = []
        for _ in range(3):
            said = self.session.handshake_data()
            if not is_proving and self.session.state in {State.AWAITING_PROOF, State.OPEN}:
                self.session._outgoing._count = 0  # type: ignore[union-attr]  # as if the proof had not been sealed yet
                said = said[: -_proof_frame_bytes()] if self.session.role is Role.RESPONDER else b""
            events += self.link.receive(said, now)
            self.session.receive(self.link.data_to_send())
        return events

    def says(self, *messages: Message, now: float = 0.0) -> list[Event]:
        """These, in one sealed frame."""
        return self.link.receive(self.session.send(pack_batch([encode(one) for one in messages])), now)

    def seals(self, payload: bytes, now: float = 0.0) -> list[Event]:
        return self.link.receive(self.session.send(payload), now)

    def hears(self) -> list[bytes]:
        """Payloads of what the link sends."""
        return self.session.receive(self.link.data_to_send())


def _proof_frame_bytes() -> int:
    return LENGTH_BYTES + LENGTH_BYTES + 68 + 16


def puppet_of(role: Role = Role.INITIATOR, now: float = 0.0) -> Puppet:
    """A puppet behind an open link; `role` is the puppet's."""
    link = responder(now=now) if role is Role.INITIATOR else initiator(now=now)
    puppet = Puppet(link, role)
    puppet.shake_hands(now)
    assert link.state is State.OPEN
    return puppet


def clear_frame(message: Message) -> bytes:
    data = encode(message)
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def closed(events: list[Event]) -> Closed:
    """The end of the link, which must be the last event and the only end."""
    ends = [event for event in events if isinstance(event, Closed)]
    assert len(ends) == 1, events
    assert events[-1] is ends[0]
    return ends[0]
