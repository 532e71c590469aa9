"""An authenticated, encrypted session between two nodes, without input and output (reliability B3, P11).

    who dialled                                    who was dialled
    Hello (in the clear)             ──►
                                     ◄──           Welcome (in the clear), Proof (sealed)
    Proof (sealed)                   ──►
    batches of messages (sealed)     ◄─►           batches of messages (sealed)

Both sides draw an X25519 key for this session alone. What the two share, together with everything that was said in the clear,
gives one key for each direction; each side then proves who it is by an ed25519 signature over its role and all of that. So

- nobody in between learns or changes anything, and a key that is stolen later opens no session of today;
- a recorded handshake is worth nothing: the other side's nonce and ephemeral key are new;
- a proof counts only for this pair of nodes, roles, chain, genesis and version, all of which it covers.

A frame is a length (4 bytes, big-endian) and as many bytes; sealed ones are ChaCha20-Poly1305 (IETF) with the length as associated
data and a counter as nonce, under a key that is replaced after REKEY_FRAMES frames. A frame that is lost, repeated, reordered or
changed ends the session.

The Session never raises on what it is fed: it ends, and `failure` tells why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import Final, NamedTuple

from nacl.bindings import (
    crypto_aead_chacha20poly1305_ietf_decrypt,
    crypto_aead_chacha20poly1305_ietf_encrypt,
    crypto_scalarmult,
    crypto_scalarmult_base,
)
from nacl.exceptions import CryptoError

from chain.keys import ED25519_TAG, InvalidKey, InvalidSignature, PrivateKey, Scheme, check_key_point, signature_key
from node.p2p.messages import (
    LENGTH_BYTES,
    MESSAGE_BYTES_MAX,
    MESSAGES,
    PROTOCOL_VERSION,
    BadMessage,
    Goodbye,
    Hello,
    Message,
    Proof,
    Welcome,
    decode,
    encode,
    pack_batch,
    read_version,
    unpack_batch,
)
from node.p2p.reasons import Reason, known_reason

SEAL_BYTES = 16
"""What ChaCha20-Poly1305 adds to a frame."""

HANDSHAKE_FRAME_BYTES_MAX = 512
"""Of a peer that has not proved itself yet; the longest message it may send, Hello, has 287 bytes."""

FRAME_BYTES_MAX = LENGTH_BYTES + MESSAGE_BYTES_MAX + SEAL_BYTES
"""One message of the largest size, sealed; it is all that a link ever holds of what has not arrived as a whole."""

REKEY_FRAMES = 4_096
"""Far below what one key may seal, and often enough that a key found in memory tells minutes and not days."""

ENTROPY_BYTES = 96
"""An X25519 secret, a nonce, and a key for the nonces of pings."""


class State(Enum):
    """Where a link stands."""

    AWAITING_HELLO = "we were dialled, and have heard nothing yet"
    AWAITING_WELCOME = "we have dialled and said Hello"
    AWAITING_PROOF = "keys are agreed; the peer has not proved who it is"
    OPEN = "each knows who the other is; messages flow"
    CLOSED = "it is over; nothing that comes is read"


ALIVE: Final = (State.AWAITING_HELLO, State.AWAITING_WELCOME, State.AWAITING_PROOF, State.OPEN)
GREETINGS: Final = (Hello, Welcome, Proof, Goodbye)

TRANSITIONS: Final[dict[tuple[State, type[Message]], State]] = {
    (State.AWAITING_HELLO, Hello): State.AWAITING_PROOF,
    (State.AWAITING_WELCOME, Welcome): State.AWAITING_PROOF,
    (State.AWAITING_WELCOME, Goodbye): State.CLOSED,
    (State.AWAITING_PROOF, Proof): State.OPEN,
    (State.AWAITING_PROOF, Goodbye): State.CLOSED,
    (State.OPEN, Goodbye): State.CLOSED,
    **{(State.OPEN, cls): State.OPEN for cls in MESSAGES.values() if cls not in GREETINGS},
}
"""What may come when, and where it leads. What is not here ends the link. Who plays which role, the table does not know."""


class Role(Enum):
    """The two sides of a handshake. The value goes into what each of them signs."""

    INITIATOR = b"skald p2p initiator"
    RESPONDER = b"skald p2p responder"

    @property
    def other(self) -> "Role":
        return Role.RESPONDER if self is Role.INITIATOR else Role.INITIATOR


class Network(NamedTuple):
    """What two nodes must share to have anything to say to each other: 32 bytes each."""

    chain_id: bytes
    genesis_id: bytes


@dataclass(frozen=True, slots=True)
class Introduction:
    """What we say of ourselves. The identity is an ed25519 key that serves this alone."""

    identity: PrivateKey
    network: Network
    user_agent: str
    head_id: bytes
    listen_port: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a session ended on our side. The detail is for the operator's log."""

    reason: Reason
    detail: str = ""


class _Refused(Exception):
    """Ends the session from within; never leaves this module."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.failure = Failure(reason, detail)


# --- sealing


class Cipher:
    """One direction of a session. Frames must be opened in the order in which they were sealed, each once."""

    __slots__ = ("_count", "_key")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._count = 0

    def seal(self, payload: bytes) -> bytes:
        """The whole frame, with its length."""
        length = (len(payload) + SEAL_BYTES).to_bytes(LENGTH_BYTES, "big")
        return length + crypto_aead_chacha20poly1305_ietf_encrypt(payload, length, self._next_nonce(), self._key)

    def open(self, sealed: bytes) -> bytes:
        """The payload of a frame without its length; raises CryptoError for anything but the next frame, unchanged."""
        length = len(sealed).to_bytes(LENGTH_BYTES, "big")
        return crypto_aead_chacha20poly1305_ietf_decrypt(sealed, length, self._next_nonce(), self._key)

    def _next_nonce(self) -> bytes:
        """4 zero bytes and the number of the frame (8 bytes, little-endian). It never comes back to zero, nor repeats."""
        count = self._count
        if count and count % REKEY_FRAMES == 0:
            self._key = blake2b(key=self._key, digest_size=32, person=b"skald p2p rekey").digest()
        self._count = count + 1
        return b"\0\0\0\0" + count.to_bytes(8, "little")


# --- the session


class Session:
    """One side of a session. `entropy` is ENTROPY_BYTES from the operating system, never used twice.

    `receive` takes bytes in any portions and returns the payloads of sealed frames; `send` seals one. `handshake_data` is what the
    handshake has to say; it goes out before anything that `send` returned.
    """

    __slots__ = (
        "_buffer",
        "_ephemeral_secret",
        "_expected_id",
        "_handshake_data",
        "_identity",
        "_incoming",
        "_outgoing",
        "_own_greeting",
        "_ping_key",
        "_transcript",
        "failure",
        "farewell",
        "frames_received",
        "is_proved",
        "peer",
        "role",
        "state",
    )

    def __init__(
        self, role: Role, introduction: Introduction, entropy: bytes, expected_id: bytes | None = None
    ) -> None:
        """`expected_id` is the identity that whoever was dialled must have, where it is known (33 bytes)."""
        assert len(entropy) == ENTROPY_BYTES
        assert introduction.identity.scheme is Scheme.ED25519
        self.role = role
        self.state = State.AWAITING_WELCOME if role is Role.INITIATOR else State.AWAITING_HELLO
        self.peer: Hello | None = None  # what the peer says of itself
        self.is_proved = False  # and whether it has shown to be that peer
        self.failure: Failure | None = None  # why we ended it
        self.farewell: Reason | None = None  # why the peer ended it
        self.frames_received = 0
        self._identity: PrivateKey | None = introduction.identity
        self._ephemeral_secret: bytes | None = entropy[:32]
        self._ping_key = entropy[64:]
        self._expected_id = expected_id
        self._own_greeting = _greeting(role, introduction, entropy)
        self._transcript = b""
        self._incoming: Cipher | None = None
        self._outgoing: Cipher | None = None
        self._buffer = bytearray()
        self._handshake_data = b""
        if role is Role.INITIATOR:
            self._handshake_data = _frame(encode(self._own_greeting))

    # --- bytes

    def receive(self, data: bytes) -> list[bytes]:
        """Payloads of the frames that `data` completes. Those before a frame that ends the session are not lost."""
        return list(self.frames(data))

    def frames(self, data: bytes) -> Iterator[bytes]:
        """The same one by one, so that whoever reads may close the session over one of them; nothing after it is opened."""
        if self.state is not State.CLOSED:
            self._buffer += data
        try:
            while self.state is not State.CLOSED and (frame := self._next_frame()) is not None:
                self.frames_received += 1
                if self.state is State.OPEN:
                    yield self._open(frame)
                else:
                    self._greet(frame)
        except _Refused as refused:
            self.failure = refused.failure
            self.close()

    def send(self, payload: bytes) -> bytes:
        """The sealed frame of a payload, to be sent in the order of the calls. Only once keys are agreed."""
        assert self._outgoing is not None, "nothing can be sealed before the keys are agreed"
        assert len(payload) + SEAL_BYTES <= FRAME_BYTES_MAX
        return self._outgoing.seal(payload)

    def handshake_data(self) -> bytes:
        """What the handshake has to say since the last call."""
        data, self._handshake_data = self._handshake_data, b""
        return data

    def goodbye(self, reason: Reason) -> bytes:
        """The frame of a Goodbye: sealed once there are keys, in the clear before, empty where the peer could not read it."""
        data = encode(Goodbye(int(reason)))
        if self._outgoing is not None:
            return self._outgoing.seal(pack_batch([data]))
        return _frame(data) if self.role is Role.RESPONDER else b""

    def close(self) -> None:
        """Read nothing any more, and forget what is not needed to say goodbye."""
        self.state = State.CLOSED
        self._buffer.clear()
        self._forget_secrets()

    @property
    def is_midframe(self) -> bool:
        """A frame has begun and not ended."""
        return bool(self._buffer)

    @property
    def size_bytes(self) -> int:
        """What is held of a frame that is not complete."""
        return len(self._buffer)

    def ping_nonce(self, count: int) -> int:
        """The nonce of our ping number `count`, which no peer can guess before it has come."""
        digest = blake2b(count.to_bytes(8, "big"), key=self._ping_key, digest_size=8).digest()
        return int.from_bytes(digest, "big")

    def _next_frame(self) -> bytes | None:
        buffer = self._buffer
        if len(buffer) < LENGTH_BYTES:
            return None
        size_bytes = int.from_bytes(buffer[:LENGTH_BYTES], "big")
        allowed = FRAME_BYTES_MAX if self.state is State.OPEN else HANDSHAKE_FRAME_BYTES_MAX
        if size_bytes > allowed:
            raise _Refused(Reason.BAD_FRAME, f"a frame of {size_bytes} bytes; {allowed} are allowed")
        end = LENGTH_BYTES + size_bytes
        if len(buffer) < end:
            return None
        frame = bytes(buffer[LENGTH_BYTES:end])
        del buffer[:end]
        return frame

    def _open(self, frame: bytes) -> bytes:
        assert self._incoming is not None
        if len(frame) < SEAL_BYTES:
            raise _Refused(Reason.BAD_FRAME, "a frame too short to be sealed")
        try:
            return self._incoming.open(frame)
        except CryptoError:
            raise _Refused(Reason.BAD_FRAME, "a frame does not decrypt") from None

    # --- the handshake

    def _greet(self, frame: bytes) -> None:
        """A frame before the session is open: one message, in the clear until keys are agreed."""
        data = frame
        try:
            if self.state is State.AWAITING_PROOF:
                data, *others = unpack_batch(self._open(frame))
                if others:
                    raise _Refused(Reason.BAD_HANDSHAKE, "more than a proof in its frame")
            else:
                self._check_version(data)
            message = decode(data)
        except BadMessage as error:
            raise _Refused(Reason.BAD_HANDSHAKE, str(error)) from None
        state = TRANSITIONS.get((self.state, type(message)))
        if state is None:
            raise _Refused(Reason.UNEXPECTED_MESSAGE, f"{type(message).__name__} while {self.state.value}")
        match message:
            case Welcome():
                self._confirm(message, data)
            case Hello():
                self._answer(message, data)
            case Proof():
                self._verify(message)
            case Goodbye():
                self.farewell = known_reason(message.reason)
        if state is State.CLOSED:
            self.close()
        self.state = state

    def _check_version(self, data: bytes) -> None:
        version = read_version(data)
        if version not in {None, PROTOCOL_VERSION}:
            raise _Refused(Reason.WRONG_VERSION, f"theirs is {version}, ours is {PROTOCOL_VERSION}")

    def _answer(self, peer: Hello, data: bytes) -> None:
        """Agree on keys, answer, and prove who we are."""
        self._check_peer(peer)
        welcome = encode(self._own_greeting)
        self._agree(peer, data, welcome)
        self._handshake_data += _frame(welcome)
        self._prove()

    def _confirm(self, peer: Welcome, data: bytes) -> None:
        """Agree on keys, and prove who we are. Keys come first, so that a goodbye can be sealed."""
        self._agree(peer, encode(self._own_greeting), data)
        self._check_peer(peer)
        self._prove()

    def _verify(self, proof: Proof) -> None:
        """From here on the peer is known."""
        assert self.peer is not None
        digest = self._proof_digest(self.role.other)
        try:
            signature_key(digest, self.peer.node_id + proof.signature)
        except InvalidSignature:
            raise _Refused(Reason.BAD_HANDSHAKE, "the peer's signature does not fit the handshake") from None
        self.is_proved = True
        self._forget_secrets()

    def _check_peer(self, peer: Hello) -> None:
        """Everything that can be judged before a proof."""
        own = self._own_greeting
        if peer.chain_id != own.chain_id:
            raise _Refused(Reason.WRONG_CHAIN, f"theirs is {peer.chain_id.hex()}, ours is {own.chain_id.hex()}")
        if peer.genesis_id != own.genesis_id:
            raise _Refused(Reason.WRONG_GENESIS, f"theirs is {peer.genesis_id.hex()}, ours is {own.genesis_id.hex()}")
        if peer.node_id == own.node_id:
            raise _Refused(Reason.SELF)
        if self._expected_id is not None and peer.node_id != self._expected_id:
            raise _Refused(Reason.WRONG_IDENTITY, f"{peer.node_id.hex()} instead of {self._expected_id.hex()}")
        try:
            check_key_point(peer.node_id)
        except InvalidKey as error:
            raise _Refused(Reason.BAD_HANDSHAKE, str(error)) from None
        if peer.node_id[0] != ED25519_TAG:
            raise _Refused(Reason.BAD_HANDSHAKE, "the identity is no ed25519 key")

    def _agree(self, peer: Hello, hello: bytes, welcome: bytes) -> None:
        """Keys for both directions, out of the shared secret and all that was said so far."""
        assert self._ephemeral_secret is not None
        try:
            shared = crypto_scalarmult(self._ephemeral_secret, peer.ephemeral_key)
        except CryptoError:  # a point of low order: the result would be no secret
            raise _Refused(Reason.BAD_HANDSHAKE, "an ephemeral key of low order") from None
        self.peer = peer
        self._transcript = blake2b(
            len(hello).to_bytes(LENGTH_BYTES, "big") + hello + welcome, digest_size=32, person=b"skald p2p talk"
        ).digest()
        ours, theirs = (
            Cipher(blake2b(self._transcript + role.value, key=shared, digest_size=32, person=b"skald p2p key").digest())
            for role in (self.role, self.role.other)
        )
        self._outgoing, self._incoming = ours, theirs

    def _prove(self) -> None:
        assert self._identity is not None
        signature = self._identity.sign(self._proof_digest(self.role))
        proof = Proof(signature[-64:])  # the key before it is known from the greeting
        self._handshake_data += self.send(pack_batch([encode(proof)]))

    def _proof_digest(self, role: Role) -> bytes:
        return blake2b(self._transcript + role.value, digest_size=32, person=b"skald p2p proof").digest()

    def _forget_secrets(self) -> None:
        """Without the ephemeral secret nobody can open this session's frames later (forward secrecy)."""
        self._ephemeral_secret = None
        self._identity = None


def _greeting(role: Role, introduction: Introduction, entropy: bytes) -> Hello:
    cls = Hello if role is Role.INITIATOR else Welcome
    return cls(
        version=PROTOCOL_VERSION,
        chain_id=introduction.network.chain_id,
        genesis_id=introduction.network.genesis_id,
        node_id=introduction.identity.public_key,
        ephemeral_key=crypto_scalarmult_base(entropy[:32]),
        nonce=entropy[32:64],
        user_agent=introduction.user_agent,
        listen_port=introduction.listen_port,
        head_id=introduction.head_id,
    )


def _frame(data: bytes) -> bytes:
    return len(data).to_bytes(LENGTH_BYTES, "big") + data
