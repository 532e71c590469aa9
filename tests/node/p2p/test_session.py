"""The handshake and the sealed frames after it: who gets in, and who does not."""

import hashlib
import random
from dataclasses import replace

import pytest

from chain.keys import PrivateKey, Scheme
from node.p2p import session as module
from node.p2p.messages import LENGTH_BYTES, GetPeers, Goodbye, Hello, Welcome, decode, encode, pack_batch
from node.p2p.reasons import Reason
from node.p2p.session import FRAME_BYTES_MAX, Cipher, Failure, Introduction, Network, Role, Session, State
from tests.node.p2p.fuzz import Handshake, fuzz_handshakes
from tests.node.p2p.links import NETWORK, clear_frame, entropy, identity, introduction

GOLDEN_DIGESTS = ["3b1e924c94c2c448", "be4f63f679ccb2f9", "af47aca329c07ee3", "2f0a92612f3ac5e0"]
"""Beginnings of the SHA-256 of: Hello, Welcome with its proof, the other proof, a sealed GetPeers."""

LOW_ORDER_POINTS = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]
"""Points of X25519 whose multiple is zero for every secret (RFC 7748 §6.1), two of them in a second spelling."""


def dialling(name: str = "alice", seed: int = 1, expected_id: bytes | None = None) -> Session:
    return Session(Role.INITIATOR, introduction(name), entropy(seed), expected_id)


def dialled(name: str = "bob", seed: int = 101, network: Network = NETWORK) -> Session:
    return Session(Role.RESPONDER, introduction(name, network), entropy(seed))


def shake(one: Session, other: Session) -> None:
    for _ in range(2):
        other.receive(one.handshake_data())
        one.receive(other.handshake_data())


def opened() -> tuple[Session, Session]:
    one, other = dialling(), dialled()
    shake(one, other)
    assert one.state is other.state is State.OPEN
    return one, other


def refusal(session: Session) -> Reason:
    assert session.state is State.CLOSED
    assert session.failure is not None
    return session.failure.reason


# --- an honest handshake


def test_both_know_each_other() -> None:
    one, other = opened()
    assert one.peer is not None
    assert other.peer is not None
    assert type(one.peer) is Welcome
    assert type(other.peer) is Hello
    assert one.peer.node_id == identity("bob").public_key
    assert other.peer.node_id == identity("alice").public_key
    assert (other.peer.user_agent, other.peer.listen_port) == ("skald/0.1.0", 2001)
    assert one.is_proved
    assert other.is_proved


def test_frames_arrive_in_both_directions_however_they_are_cut() -> None:
    one, other = opened()
    payloads = [bytes(number) for number in (1, 300, 70_000)]
    stream = b"".join(map(one.send, payloads))
    received = [payload for pos in range(0, len(stream), 997) for payload in other.receive(stream[pos : pos + 997])]
    assert received == payloads
    assert one.receive(other.send(b"back")) == [b"back"]
    assert not other.is_midframe


def test_the_bytes_of_a_handshake_never_change() -> None:
    """Golden digests with fixed keys: whatever changes them is another protocol."""
    one, other = dialling(), dialled()
    hello = one.handshake_data()
    other.receive(hello)
    answer = other.handshake_data()
    one.receive(answer)
    proof = one.handshake_data()
    other.receive(proof)
    frame = one.send(b"\x00\x00\x00\x02\x91\x0f")
    digests = [hashlib.sha256(part).hexdigest()[:16] for part in (hello, answer, proof, frame)]
    assert digests == GOLDEN_DIGESTS
    assert other.receive(frame) == [b"\x00\x00\x00\x02\x91\x0f"]


def test_nothing_said_in_the_clear_tells_what_is_sealed() -> None:
    """The same nodes with new entropy: other keys, so the same words look different."""
    one, _ = opened()
    again, other = dialling(seed=7), dialled()
    shake(again, other)
    assert one.send(b"the same words") != again.send(b"the same words")


def test_secrets_of_the_handshake_are_forgotten() -> None:
    """Forward secrecy: nothing that is kept computes the keys of a recorded session again."""
    for session in opened():
        assert session._ephemeral_secret is None
        assert session._identity is None
    refused = dialled()
    refused.receive(clear_frame(Goodbye(1)))
    assert refused._ephemeral_secret is None


def test_keys_are_replaced_as_time_goes_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REKEY_FRAMES", 4)
    one, other = opened()
    keys = set()
    for number in range(20):
        payload = bytes((number,))
        assert other.receive(one.send(payload)) == [payload]
        keys.add(one._outgoing._key)  # type: ignore[union-attr]
        assert one._outgoing._key == other._incoming._key  # type: ignore[union-attr]
    assert len(keys) == 6  # the proof was frame 0


def test_each_direction_has_its_own_key() -> None:
    one, other = opened()
    assert one._outgoing._key != one._incoming._key  # type: ignore[union-attr]
    echoed = one.send(b"echo")
    assert one.receive(echoed) == []  # sent back by somebody in between
    assert refusal(one) is Reason.BAD_FRAME
    assert other.state is State.OPEN


def test_nonces_of_pings_are_not_those_of_others() -> None:
    one, other = opened()
    nonces = {session.ping_nonce(count) for session in (one, other) for count in range(100)}
    assert len(nonces) == 200


# --- who is not let in


def exchange(one: Session, other: Session) -> None:
    """With the goodbyes that each says at its end."""
    said = {one: False, other: False}
    for _ in range(3):
        for speaker, listener in ((one, other), (other, one)):
            data = speaker.handshake_data()
            if speaker.failure is not None and not said[speaker]:
                said[speaker] = True
                data += speaker.goodbye(speaker.failure.reason)
            listener.receive(data)


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (Network(bytes(32), NETWORK.genesis_id), Reason.WRONG_CHAIN),
        (Network(NETWORK.chain_id, bytes(32)), Reason.WRONG_GENESIS),
        (Network(bytes(32), bytes(32)), Reason.WRONG_CHAIN),
    ],
)
def test_invalid_chain_and_genesis(network: Network, reason: Reason) -> None:
    one, other = dialling(), dialled(network=network)
    exchange(one, other)
    assert refusal(other) is reason
    assert other.failure is not None
    assert "theirs is" in other.failure.detail
    assert one.farewell is reason
    assert one.state is State.CLOSED


def test_invalid_self() -> None:
    one, other = dialling("alice"), dialled("alice")
    exchange(one, other)
    assert refusal(other) is Reason.SELF
    assert one.farewell is Reason.SELF


def test_invalid_version() -> None:
    other = dialled()
    newer = bytearray(dialling().handshake_data())
    newer[LENGTH_BYTES + 2] = 9
    other.receive(bytes(newer))
    assert other.failure == Failure(Reason.WRONG_VERSION, "theirs is 9, ours is 1")
    one = dialling()
    one.receive(other.goodbye(Reason.WRONG_VERSION))
    assert one.farewell is Reason.WRONG_VERSION


def test_invalid_version_with_other_fields() -> None:
    other = dialled()
    other.receive(bytes.fromhex("00000008") + bytes.fromhex("95010263616263c0"))
    assert refusal(other) is Reason.WRONG_VERSION


def test_invalid_identity_at_a_known_address() -> None:
    one, other = dialling(expected_id=identity("carol").public_key), dialled("bob")
    exchange(one, other)
    assert refusal(one) is Reason.WRONG_IDENTITY
    assert other.state is State.CLOSED
    assert other.farewell is Reason.WRONG_IDENTITY
    met, carol = dialling(expected_id=identity("carol").public_key), dialled("carol")
    exchange(met, carol)
    assert met.state is State.OPEN


@pytest.mark.parametrize("point", LOW_ORDER_POINTS)
def test_invalid_low_order_ephemeral_key(point: str) -> None:
    hello = decode(dialling().handshake_data()[LENGTH_BYTES:])
    assert type(hello) is Hello
    other = dialled()
    other.receive(clear_frame(replace(hello, ephemeral_key=bytes.fromhex(point))))
    assert refusal(other) is Reason.BAD_HANDSHAKE
    one = dialling()
    one.receive(clear_frame(Welcome(**{**fields_of(hello), "ephemeral_key": bytes.fromhex(point)})))
    assert refusal(one) in {Reason.BAD_HANDSHAKE, Reason.SELF}


def fields_of(message: Hello) -> dict[str, object]:
    return {name: getattr(message, name) for name, _ in message.layout.fields}


@pytest.mark.parametrize(
    "node_id",
    [
        b"\xed" + bytes(32),  # order 4
        b"\xed\x01" + bytes(31),  # the neutral element
        b"\xed" + b"\xff" * 32,  # no point at all
        PrivateKey.from_seed("other scheme", Scheme.SECP256K1).public_key,
        bytes(33),
    ],
)
def test_invalid_identity_key(node_id: bytes) -> None:
    hello = decode(dialling().handshake_data()[LENGTH_BYTES:])
    assert type(hello) is Hello
    other = dialled()
    other.receive(clear_frame(replace(hello, node_id=node_id)))
    assert refusal(other) is Reason.BAD_HANDSHAKE


def test_invalid_proof_by_another_key() -> None:
    """Mallory says he is carol; he agrees on keys and everything, but cannot sign for her."""
    liar = Session(Role.INITIATOR, pretending("mallory", "carol"), entropy(3))
    other = dialled()
    shake(liar, other)
    assert refusal(other) is Reason.BAD_HANDSHAKE
    assert not other.is_proved


def pretending(name: str, as_name: str) -> Introduction:
    """Signs with one key and shows another's."""
    key = identity(name)

    class Liar(type(key)):  # type: ignore[misc]
        def sign(self, digest: bytes) -> bytes:
            return key.sign(digest)

    liar = Liar(bytes(32))
    liar.public_key = identity(as_name).public_key
    return replace(introduction(name), identity=liar)


def test_invalid_proof_turned_back() -> None:
    """What bob has signed as the one who was dialled is no proof of one who dials."""
    one, other = dialling(), dialled()
    other.receive(one.handshake_data())
    welcome_and_proof = other.handshake_data()
    one.receive(welcome_and_proof)
    bobs_proof = one._incoming  # the key under which it was sealed
    assert bobs_proof is not None
    sealed = welcome_and_proof[-(LENGTH_BYTES + 68 + 16) :]
    payload = Cipher(bobs_proof._key).open(sealed)
    one._outgoing._count = 0  # type: ignore[union-attr]
    other.receive(one.send(payload))
    assert refusal(other) is Reason.BAD_HANDSHAKE


def test_invalid_replay_of_a_recorded_handshake() -> None:
    record = Handshake.recorded()
    for seed in range(50):
        other = dialled(seed=seed)
        other.receive(record.hello)
        other.receive(record.proof)
        assert other.state is State.CLOSED
        assert not other.is_proved
        one = dialling(seed=seed + 2)
        one.receive(record.answer)
        assert one.state is State.CLOSED
        assert not one.is_proved


def test_invalid_hello_sent_back() -> None:
    """A mirror that answers a Hello with its own bytes."""
    one = dialling()
    one.receive(one.handshake_data())
    assert refusal(one) is Reason.UNEXPECTED_MESSAGE
    one = dialling()
    hello = decode(one.handshake_data()[LENGTH_BYTES:])
    assert type(hello) is Hello
    one.receive(clear_frame(Welcome(**fields_of(hello))))  # type: ignore[arg-type]
    assert refusal(one) is Reason.SELF


def test_twenty_thousand_changed_handshakes_let_nobody_in() -> None:
    assert fuzz_handshakes(20_000, seed=11) == 0


# --- frames


def test_invalid_frame_repeated() -> None:
    one, other = opened()
    frame = one.send(b"pay")
    assert other.receive(frame + frame) == [b"pay"]
    assert refusal(other) is Reason.BAD_FRAME


def test_invalid_frames_in_another_order() -> None:
    one, other = opened()
    first, second = one.send(b"first"), one.send(b"second")
    assert other.receive(second + first) == []
    assert refusal(other) is Reason.BAD_FRAME


def test_invalid_frame_left_out() -> None:
    one, other = opened()
    one.send(b"lost")
    assert other.receive(one.send(b"next")) == []
    assert refusal(other) is Reason.BAD_FRAME


def test_invalid_frame_of_another_session() -> None:
    one, _ = opened()
    again, other = dialling(seed=7), dialled(seed=8)
    shake(again, other)
    assert other.receive(one.send(b"from elsewhere")) == []
    assert refusal(other) is Reason.BAD_FRAME


def test_invalid_frame_with_any_bit_changed() -> None:
    rng = random.Random(3)
    for _ in range(200):
        one, other = opened()
        frame = bytearray(one.send(b"pay bob"))
        frame[rng.randrange(LENGTH_BYTES, len(frame))] ^= 1 << rng.randrange(8)
        assert other.receive(bytes(frame)) == []
        assert refusal(other) is Reason.BAD_FRAME


def test_invalid_frame_too_large() -> None:
    _, other = opened()
    assert other.receive((FRAME_BYTES_MAX + 1).to_bytes(LENGTH_BYTES, "big")) == []
    assert refusal(other) is Reason.BAD_FRAME


@pytest.mark.parametrize("size_bytes", range(16))
def test_invalid_frame_too_short(size_bytes: int) -> None:
    _, other = opened()
    assert other.receive(size_bytes.to_bytes(LENGTH_BYTES, "big") + bytes(size_bytes)) == []
    assert refusal(other) is Reason.BAD_FRAME


def test_a_stranger_may_not_send_large_frames() -> None:
    other = dialled()
    other.receive((module.HANDSHAKE_FRAME_BYTES_MAX + 1).to_bytes(LENGTH_BYTES, "big"))
    assert refusal(other) is Reason.BAD_FRAME


def test_the_largest_frame_fits() -> None:
    one, other = opened()
    payload = bytes(FRAME_BYTES_MAX - module.SEAL_BYTES)
    assert other.receive(one.send(payload)) == [payload]
    with pytest.raises(AssertionError):
        one.send(payload + b"\x00")


def test_what_is_held_of_a_frame_is_bounded() -> None:
    _, other = opened()
    other.receive(FRAME_BYTES_MAX.to_bytes(LENGTH_BYTES, "big"))
    for _ in range(40):
        other.receive(bytes(65_536))
        assert other.size_bytes <= FRAME_BYTES_MAX + LENGTH_BYTES
    assert refusal(other) is Reason.BAD_FRAME
    assert other.size_bytes == 0


def test_frames_before_a_bad_one_are_not_lost() -> None:
    one, other = opened()
    good = one.send(b"good")
    assert other.receive(good + bytes(40)) == [b"good"]
    assert refusal(other) is Reason.BAD_FRAME


def test_a_closed_session_reads_nothing() -> None:
    one, other = opened()
    other.close()
    assert other.receive(one.send(b"late")) == []
    assert other.size_bytes == 0


def test_invalid_more_than_a_proof_in_its_frame() -> None:
    one, other = dialling(), dialled()
    other.receive(one.handshake_data())
    one.receive(other.handshake_data())
    proof = unsealed_proof(one)
    one._outgoing._count = 0  # type: ignore[union-attr]
    other.receive(one.send(proof + pack_batch([encode(GetPeers())])))
    assert refusal(other) is Reason.BAD_HANDSHAKE
    assert not other.is_proved


def unsealed_proof(session: Session) -> bytes:
    """The batch with the proof that a session has just sealed."""
    return Cipher(session._outgoing._key).open(session.handshake_data()[LENGTH_BYTES:])  # type: ignore[union-attr]
