"""What hostile peers do to a node over real sockets, each kind in a function of its own, for as long as it is let.

Those that shake hands do so honestly: a stranger may. Whatever a node then does to them, they come back at once.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Self

import aiohttp

from chain.block import BlockHeader
from chain.finality.votes import PREVOTE, Place, Vote
from chain.keys import PrivateKey, Scheme
from node.p2p import messages as m
from node.p2p.forms import PeerAddress
from node.p2p.messages import LENGTH_BYTES, Message, encode, pack_batch
from node.p2p.session import ENTROPY_BYTES, FRAME_BYTES_MAX, Introduction, Network, Role, Session, State
from node.p2p.transport import PATH

PAUSE_SECONDS: Final = 0.05  # between two attempts: the node is to be kept busy, not this process
MANY: Final = 300  # sockets of a peer that opens many: more than a node has places


@dataclass(frozen=True)
class Target:
    """A node under attack. `transactions` are sound ones with bad signatures."""

    port: int
    network: Network
    head_id: bytes
    transactions: tuple[bytes, ...]
    seed: int


class Cut(Exception):
    """The node has ended the link."""


class Stranger:
    """A link through the handshake."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse, session: Session) -> None:
        self.websocket = websocket
        self.session = session
        self.heard: list[Message] = []

    async def say(self, *messages: Message) -> None:
        await self.seal(pack_batch([encode(one) for one in messages]))

    async def seal(self, payload: bytes) -> None:
        await self.write(self.session.send(payload))

    async def write(self, data: bytes) -> None:
        try:
            for begin in range(0, len(data), 65_536):
                await self.websocket.send_bytes(data[begin : begin + 65_536])
        except (OSError, aiohttp.ClientError):
            raise Cut from None

    async def hear(self) -> list[Message]:
        """The next messages."""
        received = await self.websocket.receive()
        if received.type is not aiohttp.WSMsgType.BINARY:
            raise Cut
        payloads = self.session.receive(received.data)
        if self.session.state is State.CLOSED:
            raise Cut
        return [m.decode(data) for payload in payloads for data in m.unpack_batch(payload)]

    async def until_cut(self) -> None:
        while True:
            await self.hear()


@asynccontextmanager
async def carrier(target: Target) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A WebSocket, and nothing said yet."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=5)) as client,
        client.ws_connect(f"http://127.0.0.1:{target.port}{PATH}", compress=0, autoping=False) as websocket,
    ):
        yield websocket


@asynccontextmanager
async def stranger(target: Target, *, listen_port: int = 0) -> AsyncIterator[Stranger]:
    """A link, each time with a new identity."""
    identity = PrivateKey.generate(Scheme.ED25519)
    introduction = Introduction(identity, target.network, "skald/0.1.0", target.head_id, listen_port)
    async with carrier(target) as websocket:
        session = Session(Role.INITIATOR, introduction, os.urandom(ENTROPY_BYTES))
        await websocket.send_bytes(session.handshake_data())
        while session.state is not State.OPEN:
            received = await websocket.receive()
            if received.type is not aiohttp.WSMsgType.BINARY or session.state is State.CLOSED:
                raise Cut
            session.receive(received.data)
            await websocket.send_bytes(session.handshake_data())
        yield Stranger(websocket, session)


# --- below the protocol


async def says_nothing(target: Target, rng: random.Random) -> None:
    """Sockets that are opened, and no more."""
    writers = []
    try:
        for _ in range(MANY):
            _, writer = await asyncio.open_connection("127.0.0.1", target.port)
            writers.append(writer)
        await asyncio.sleep(5)
    finally:
        for writer in writers:
            writer.close()


async def asks_for_a_page_slowly(target: Target, rng: random.Random) -> None:
    """An HTTP request, byte by byte."""
    _reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    try:
        for byte in f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n".encode():
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(0.2)
    finally:
        writer.close()


async def upgrades_and_says_nothing(target: Target, rng: random.Random) -> None:
    async with carrier(target) as websocket:
        await websocket.receive()


async def speaks_at_random(target: Target, rng: random.Random) -> None:
    async with carrier(target) as websocket:
        for _ in range(100):
            await websocket.send_bytes(rng.randbytes(rng.choice((1, 50, 4_000))))


async def compresses(target: Target, rng: random.Random) -> None:
    """A WebSocket frame that claims to be deflated, as nobody has agreed to: RSV1 is set."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    try:
        head = (
            f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
        )
        writer.write(head.encode())
        await reader.readuntil(b"\r\n\r\n")
        bomb = bytes.fromhex("ecc101010000008090feaf6e") + bytes(100)
        writer.write(bytes((0xC2, 0x80 | len(bomb))) + bytes(4) + bomb)
        while await reader.read(4_096):
            pass
    finally:
        writer.close()


async def sends_huge_messages(target: Target, rng: random.Random) -> None:
    """8 MiB in one WebSocket message."""
    async with carrier(target) as websocket:
        await websocket.send_bytes(bytes(8 << 20))
        await websocket.receive()


async def writes_text(target: Target, rng: random.Random) -> None:
    async with carrier(target) as websocket:
        await websocket.send_str('{"jsonrpc": "2.0", "method": "stop"}')
        await websocket.receive()


async def comes_and_goes(target: Target, rng: random.Random) -> None:
    """As fast as it can."""
    for _ in range(20):
        async with stranger(target, listen_port=rng.randint(1_024, 65_535)):
            pass


# --- through the handshake


async def sends_half_a_frame(target: Target, rng: random.Random) -> None:
    """One byte a second of a frame that is said to be large."""
    async with stranger(target) as link:
        await link.write(FRAME_BYTES_MAX.to_bytes(LENGTH_BYTES, "big"))
        while True:
            await link.write(b"\x00")
            await asyncio.sleep(1)


async def announces_a_huge_frame(target: Target, rng: random.Random) -> None:
    async with stranger(target) as link:
        await link.write(b"\xff" * 1_000)
        await link.until_cut()


async def breaks_the_seal(target: Target, rng: random.Random) -> None:
    async with stranger(target) as link:
        await link.write((1_000).to_bytes(LENGTH_BYTES, "big") + rng.randbytes(1_000))
        await link.until_cut()


async def offers_without_end(target: Target, rng: random.Random) -> None:
    """Full inventories of transactions that nobody has."""
    async with stranger(target) as link:
        while True:
            ids = tuple(rng.randbytes(m.SHORT_ID_BYTES) for _ in range(m.INVENTORY_ITEMS_MAX))
            await link.say(m.Inventory(m.InventoryKind.TRANSACTION, ids))
            await asyncio.sleep(0.02)


async def gives_bad_transactions(target: Target, rng: random.Random) -> None:
    """Offers transactions, and gives others, or with signatures of nobody."""
    async with stranger(target) as link:
        while True:
            ids = tuple(rng.randbytes(m.SHORT_ID_BYTES) for _ in range(30))
            await link.say(m.Inventory(m.InventoryKind.TRANSACTION, ids))
            for asked in await link.hear():
                if isinstance(asked, m.GetTransactions):
                    await link.say(m.Transactions(tuple(rng.choices(target.transactions, k=20))))


async def forges_blocks(target: Target, rng: random.Random) -> None:
    """Announces blocks that no witness has signed."""
    async with stranger(target) as link:
        while True:
            header = BlockHeader.build(
                previous=target.head_id, timestamp=rng.getrandbits(31), witness="initminer", transactions=()
            )
            signed = header.signed(PrivateKey.from_seed(f"{rng.random()}").sign(header.signing_digest))
            ids = tuple(rng.randbytes(20) for _ in range(rng.choice((0, 3, 3_000))))
            await link.say(m.BlockAnnouncement(signed.packed_bytes, ids))
            await link.hear()


async def forges_votes(target: Target, rng: random.Random) -> None:
    async with stranger(target) as link:
        while True:
            place = Place(rng.randrange(50), rng.randrange(3), PREVOTE)
            key = PrivateKey.from_seed(f"{rng.random()}")
            votes = [
                Vote.signed(target.network.chain_id, place, rng.randbytes(20), "initminer", key) for _ in range(20)
            ]
            await link.say(*(m.FinalityVote(vote.encode()) for vote in votes))
            await asyncio.sleep(PAUSE_SECONDS)


async def claims_a_high_head(target: Target, rng: random.Random) -> None:
    """A billion blocks, none of which it gives."""
    far = Target(target.port, target.network, (10**9).to_bytes(4, "big") + rng.randbytes(16), (), target.seed)
    async with stranger(far) as link:
        await link.until_cut()


async def asks_and_does_not_read(target: Target, rng: random.Random) -> None:
    """For all blocks there are, and leaves the answers in its socket."""
    async with stranger(target) as link:
        while True:
            await link.say(*[m.GetBlocks(bytes(20), 1, m.BLOCKS_MAX)] * 8, *[m.GetCertificates(0, 64)] * 8)
            await asyncio.sleep(1)


async def asks_without_end(target: Target, rng: random.Random) -> None:
    async with stranger(target) as link:
        reading = asyncio.create_task(link.until_cut())
        try:
            while not reading.done():
                await link.say(m.GetPeers(), m.GetBlocks(bytes(20), 1, 256), m.GetTransactions((rng.randbytes(8),)))
                await asyncio.sleep(0.01)
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError, Cut):
                await reading


async def floods_addresses(target: Target, rng: random.Random) -> None:
    """Thousands, asked or not."""
    async with stranger(target, listen_port=2001) as link:
        while True:
            addresses = {PeerAddress(bytes((rng.randint(11, 99),)) + rng.randbytes(3), 2001) for _ in range(1_000)}
            await link.say(m.Peers(tuple(addresses)))
            await link.hear()


KINDS: Final[tuple[Callable[[Target, random.Random], Awaitable[None]], ...]] = (
    says_nothing,
    asks_for_a_page_slowly,
    upgrades_and_says_nothing,
    speaks_at_random,
    compresses,
    sends_huge_messages,
    writes_text,
    comes_and_goes,
    sends_half_a_frame,
    announces_a_huge_frame,
    breaks_the_seal,
    offers_without_end,
    gives_bad_transactions,
    forges_blocks,
    forges_votes,
    claims_a_high_head,
    asks_and_does_not_read,
    asks_without_end,
    floods_addresses,
)


class Horde:
    """So many peers, of all kinds in turn. `cuts` counts for each kind how often the node got rid of it."""

    def __init__(self, target: Target, count: int) -> None:
        self.target = target
        self.count = count
        self.cuts: dict[str, int] = {kind.__name__: 0 for kind in KINDS[:count]}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._live(number)) for number in range(self.count)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    async def _live(self, number: int) -> None:
        kind = KINDS[number % len(KINDS)]
        rng = random.Random(f"{self.target.seed} {number}")
        while True:
            with suppress(Cut, OSError, aiohttp.ClientError, asyncio.IncompleteReadError):
                await kind(self.target, rng)
            self.cuts[kind.__name__] += 1
            await asyncio.sleep(PAUSE_SECONDS)
