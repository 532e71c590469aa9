"""Workers that check signatures: the same verdicts as in this process, whatever happens to them, and nothing left of them."""

import asyncio
import fcntl
import logging
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from hashlib import sha256

import pytest
import uvloop

from chain.asset import TESTNET
from chain.block import NO_BLOCK_ID, Block, BlockHeader
from chain.keys import InvalidSignature, PrivateKey, Scheme
from chain.operations import Vote
from chain.signatures import Place, PlainSigners, RememberedSigners, header_place, transaction_place
from chain.transaction import Transaction
from chain.wire import HF26, Packing
from node.verify import frames, pool
from node.verify.pool import BATCH_SIGNATURES, PATIENCE_SECONDS, SignatureWorkers

SEED = 11
CHAIN_ID = sha256(b"a chain of tests").digest()
KEYS = [PrivateKey.from_seed(f"key {number}", scheme) for number in range(4) for scheme in Scheme]
DEADLINE_SECONDS = 30

Verdicts = dict[Place, tuple[bytes, ...]]


def spoiled(chance: random.Random, signature: bytes) -> bytes:
    """Something of the same length that may or may not be a signature, also such as differ in one bit only."""
    changed = bytearray(signature)
    match chance.randrange(4):
        case 0:
            changed[chance.randrange(len(changed) - 1) + 1] ^= 1 << chance.randrange(8)
        case 1:
            changed[1:] = chance.randbytes(len(changed) - 1)
        case 2 if changed[0] != 0xED:
            changed[0] = chance.choice([*range(27, 35), 0, 26, 35, 255])
        case _:
            changed[-32:] = b"\xff" * 32
    return bytes(changed)


def transaction(chance: random.Random, signature_count: int) -> Transaction:
    vote = Vote("alice", "bob", f"post-{chance.randrange(1 << 60)}", 10_000)
    unsigned = Transaction(1, 2, 3, (vote,)).with_packing(Packing(TESTNET, HF26))
    signatures = [chance.choice(KEYS).sign(unsigned.digest(CHAIN_ID)) for _ in range(signature_count)]
    return unsigned.with_signatures([one if chance.random() < 0.6 else spoiled(chance, one) for one in signatures])


def block(chance: random.Random, transaction_count: int) -> Block:
    transactions = [transaction(chance, chance.choice((0, 1, 1, 1, 2, 5))) for _ in range(transaction_count)]
    header = BlockHeader.build(
        previous=NO_BLOCK_ID, timestamp=chance.randrange(1 << 32), witness="alice", transactions=transactions
    )
    signature = chance.choice(KEYS).sign(header.signing_digest)
    signed = header.signed(signature if chance.random() < 0.6 else spoiled(chance, signature))
    return Block.build(signed, transactions)


def verdicts_here(blocks: Sequence[Block]) -> Verdicts:
    """What this process finds of every transaction with signatures and every header; what is invalid is left out."""
    signers, found = PlainSigners(), {}
    for one in blocks:
        place = header_place(one.header)
        with suppress(InvalidSignature):
            found[place] = (signers.block_signer(place[0], place[1][0]),)
        for sent in one.transactions:
            with suppress(InvalidSignature):
                found[transaction_place(sent)] = signers.transaction_signers(sent, CHAIN_ID)
    return {place: keys for place, keys in found.items() if place[1]}


def places_of(blocks: Sequence[Block]) -> list[Place]:
    places = [header_place(one.header) for one in blocks]
    return places + [transaction_place(sent) for one in blocks for sent in one.transactions if sent.signatures]


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    return [block(chance, chance.choice((0, 1, 40, 200))) for _ in range(30)]


@pytest.fixture(scope="module")
def truth(blocks: list[Block]) -> Verdicts:
    return verdicts_here(blocks)


class Time:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def make() -> Iterator[Callable[..., SignatureWorkers]]:
    made = []

    def make(count: int = 1, **options: object) -> SignatureWorkers:
        made.append(SignatureWorkers(RememberedSigners(), CHAIN_ID, count, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for workers in made:
        workers.close()


def known(workers: SignatureWorkers) -> Verdicts:
    return workers._signers.verdicts


def wait_for_all(workers: SignatureWorkers, blocks: Sequence[Block]) -> None:
    """Let the workers do all of it."""
    while not all(map(workers.is_ready, blocks)):
        workers._wait()


# --- verdicts


def test_the_example_holds_thousands_of_good_and_bad_signatures_of_both_schemes(
    blocks: list[Block], truth: Verdicts
) -> None:
    places = places_of(blocks)
    for is_ed25519 in (True, False):
        of_scheme = [place for place in places if all((one[0] == 0xED) is is_ed25519 for one in place[1])]
        good = sum(place in truth for place in of_scheme)
        assert good > 200
        assert len(of_scheme) - good > 100
    assert sum(len(place[1]) for place in places) > 3_000


@pytest.mark.parametrize("count", [1, 2])
def test_workers_find_what_this_process_finds(
    make: Callable[..., SignatureWorkers], blocks: list[Block], truth: Verdicts, count: int
) -> None:
    workers = make(count)
    workers.prefetch(blocks)
    assert len(workers.pids) == count
    wait_for_all(workers, blocks)
    assert known(workers) == truth
    assert workers.queued_count == 0


def test_the_order_does_not_matter(make: Callable[..., SignatureWorkers], blocks: list[Block], truth: Verdicts) -> None:
    """Nor who does it: here both do, in another order than is asked for, and much is asked twice."""
    chance = random.Random(SEED)
    workers = make()
    for _ in range(2):
        for one in chance.sample(blocks, len(blocks)):
            workers.prefetch([one])
        for one in chance.sample(blocks, len(blocks) // 2):
            workers.finish(one)
    wait_for_all(workers, blocks)
    assert known(workers) == truth


def test_what_is_known_is_not_asked(
    make: Callable[..., SignatureWorkers], blocks: list[Block], truth: Verdicts
) -> None:
    workers = make()
    known(workers).update(truth)
    sound = [one for one in blocks if set(places_of([one])) <= truth.keys()]
    workers.prefetch(sound)
    assert len(sound) > 3
    assert workers.queued_count == 0


def test_without_workers_nothing_is_asked_and_all_is_ready(
    make: Callable[..., SignatureWorkers], blocks: list[Block]
) -> None:
    workers = make(0)
    workers.prefetch(blocks)
    assert all(workers.is_ready(one) for one in blocks)
    assert not workers.help()
    assert known(workers) == {}


def test_a_transaction_of_absurdly_many_signatures_is_left_to_this_process(
    make: Callable[..., SignatureWorkers],
) -> None:
    chance = random.Random(SEED)
    sent = transaction(chance, BATCH_SIGNATURES + 1)
    header = BlockHeader.build(previous=NO_BLOCK_ID, timestamp=1, witness="alice", transactions=[sent])
    large = Block.build(header.signed(KEYS[0].sign(header.signing_digest)), [sent])
    workers = make()
    workers.prefetch([large])
    wait_for_all(workers, [large])
    assert list(known(workers)) == [header_place(large.header)]


def test_a_block_is_applied_by_verdicts_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    signers = RememberedSigners()
    sent = transaction(random.Random(SEED), 1)
    signers.remember(transaction_place(sent), (b"\x02" * 33,))
    signers.remember((b"d" * 32, (b"s" * 65,)), (b"\x03" * 33,))
    monkeypatch.setattr("chain.signatures.signature_key", None)
    assert signers.transaction_signers(sent, CHAIN_ID) == (b"\x02" * 33,)
    assert signers.block_signer(b"d" * 32, b"s" * 65) == b"\x03" * 33


# --- pipes


def narrow(workers: SignatureWorkers) -> None:
    """Pipes of one page, as a user gets whose processes have many of them."""
    for worker in workers._workers:
        fcntl.fcntl(worker.questions_file, fcntl.F_SETPIPE_SZ, 4_096)
        fcntl.fcntl(worker.answers_file, fcntl.F_SETPIPE_SZ, 4_096)


def test_a_narrow_pipe_only_takes_longer(
    make: Callable[..., SignatureWorkers], blocks: list[Block], truth: Verdicts
) -> None:
    workers = make()
    workers.prefetch([])
    narrow(workers)
    workers.prefetch(blocks)
    assert any(worker.has_unwritten for worker in workers._workers)
    wait_for_all(workers, blocks)
    assert known(workers) == truth


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_an_event_loop_moves_everything_by_itself(
    make: Callable[..., SignatureWorkers],
    blocks: list[Block],
    truth: Verdicts,
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    workers = make()

    async def run() -> None:
        come = asyncio.Event()
        workers.watch(asyncio.get_running_loop(), come.set)
        workers.prefetch([])
        narrow(workers)
        workers.prefetch(blocks)
        while workers.queued_count:  # nobody but the loop touches the pipes
            await come.wait()
            come.clear()
        workers.close()

    with closing(new_loop()) as loop:
        loop.run_until_complete(asyncio.wait_for(run(), DEADLINE_SECONDS))
    assert known(workers) == truth


def test_the_queue_is_bounded(
    make: Callable[..., SignatureWorkers], blocks: list[Block], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "QUEUE_SIGNATURES_MAX", 600)
    workers = make(command=idle())
    for _ in range(3):
        workers.prefetch(blocks)
    assert 600 <= workers.queued_count < 605
    assert not workers.is_ready(next(one for one in blocks if len(one.transactions) == 200))
    assert workers.is_ready(blocks[-1])  # nobody was asked about it


# --- what goes wrong


def idle() -> tuple[str, ...]:
    return (sys.executable, "-c", "import time; time.sleep(600)")


def program(*lines: str) -> tuple[str, ...]:
    """A worker that goes its own way, by lines of Python over the real one."""
    return (
        sys.executable,
        "-P",
        "-c",
        "\n".join(("import os, sys", "from node.verify import frames, worker", *lines)),
    )


BAD_WORKERS = {
    "ends at once": program(),
    "cannot be started": ("/nonexistent/worker",),
    "prints before it answers": program("os.write(1, b'hello')", "worker.main()"),
    "announces a gigabyte": program("os.write(1, bytes([64, 0, 0, 0]))", "worker.main()"),
    "answers what nobody asked": program("os.write(1, frames.framed(bytes(69)))", "worker.main()"),
    "swaps two keys": program(
        "def swapped(body, keys, right=frames.answer):",
        "    reply = right(body, keys)",
        "    return reply[:36] + b''.join(keys[1:] + keys[:1])",
        "worker.answer = swapped",
        "worker.main()",
    ),
    "answers one question twice": program(
        "replies = []",
        "def first(body, keys, right=frames.answer):",
        "    replies.append(right(body, keys))",
        "    return replies[0]",
        "worker.answer = first",
        "worker.main()",
    ),
    "leaves a key out": program(
        "right = frames.answer", "worker.answer = lambda body, keys: right(body, keys[1:])", "worker.main()"
    ),
    "stops in the middle of an answer": program(
        "right = frames.framed",
        "worker.framed = lambda body: right(body)[:50]",
        "worker.serve(os.fdopen(0, 'rb'), os.fdopen(1, 'wb'))",
    ),
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Looks often for a worker that hangs, and hears warnings."""
    monkeypatch.setattr(pool, "LOOK_MILLISECONDS", 50)
    caplog.set_level(logging.WARNING, "skald.verify")
    return caplog


@pytest.mark.parametrize("command", BAD_WORKERS.values(), ids=BAD_WORKERS)
def test_nothing_wrong_is_believed(
    make: Callable[..., SignatureWorkers],
    blocks: list[Block],
    truth: Verdicts,
    impatient: pytest.LogCaptureFixture,
    command: tuple[str, ...],
) -> None:
    """And no block waits for ever: with the workers away, all of it is ready to be applied here."""
    time = Time()
    workers = make(command=command, now=time)
    for _ in range(5):
        workers.prefetch(blocks)
        while not all(map(workers.is_ready, blocks)):
            workers._wait()
            time.now += 1
        time.now += 1
    assert known(workers).items() <= truth.items()
    assert len(known(workers)) < len(truth)
    assert [record.getMessage() for record in impatient.records] == ["signature worker lost"]


def test_what_a_library_prints_is_no_answer(
    make: Callable[..., SignatureWorkers], blocks: list[Block], truth: Verdicts, capfd: pytest.CaptureFixture[str]
) -> None:
    noisy = program(
        "right = worker.key_behind",
        "worker.key_behind = lambda asked: (print('noise', flush=True), right(asked))[1]",
        "worker.main()",
    )
    workers = make(command=noisy)
    workers.prefetch(blocks)
    wait_for_all(workers, blocks)
    assert known(workers) == truth
    assert capfd.readouterr().err.count("noise") > 1_000


def test_a_killed_worker_costs_nothing_but_its_answers(
    make: Callable[..., SignatureWorkers], blocks: list[Block], truth: Verdicts, caplog: pytest.LogCaptureFixture
) -> None:
    time = Time()
    workers = make(2, now=time)
    workers.prefetch(blocks)
    victim, other = workers.pids
    os.kill(victim, signal.SIGKILL)
    wait_for_all(workers, blocks)
    assert workers.pids == [other]
    assert known(workers).items() <= truth.items()
    (record,) = caplog.records
    assert record.skald_values["reason"] in {"it has ended", "it no longer reads: Broken pipe"}

    time.now += 2  # now it is replaced, and what was missed is asked again
    workers.prefetch(blocks)
    assert len(workers.pids) == 2
    assert victim not in workers.pids
    wait_for_all(workers, blocks)
    assert known(workers) == truth


def test_a_worker_that_hangs_is_replaced(
    make: Callable[..., SignatureWorkers], blocks: list[Block], truth: Verdicts
) -> None:
    time = Time()
    workers = make(now=time)
    workers.prefetch(blocks)
    (pid,) = workers.pids
    os.kill(pid, signal.SIGSTOP)
    time.now += PATIENCE_SECONDS
    workers._pump()
    assert workers.pids == [pid]
    time.now += 1
    assert all(map(workers.is_ready, blocks))
    assert workers.pids == []
    time.now += 1
    workers.prefetch(blocks)
    wait_for_all(workers, blocks)
    assert known(workers) == truth


def test_replacements_become_rarer(make: Callable[..., SignatureWorkers], blocks: list[Block]) -> None:
    time = Time()
    workers = make(command=("/nonexistent/worker",), now=time)
    attempts = []
    for second in range(200):
        time.now = 1_000.0 + second
        before = workers._faults
        workers.prefetch(blocks)
        if workers._faults > before:
            attempts.append(second)
    assert attempts == [0, 1, 3, 7, 15, 31, 63, 123, 183]


def test_idle_workers_are_let_go_and_come_back(
    make: Callable[..., SignatureWorkers], blocks: list[Block], truth: Verdicts
) -> None:
    time = Time()
    workers = make(now=time)
    workers.prefetch(blocks)
    time.now += 2 * pool.IDLE_SECONDS
    workers.rest()
    (pid,) = workers.pids  # it is not idle
    time.now -= 2 * pool.IDLE_SECONDS
    wait_for_all(workers, blocks)
    workers.rest()
    assert workers.pids == [pid]
    time.now += pool.IDLE_SECONDS + 1
    assert all(map(workers.is_ready, blocks))
    workers.rest()
    assert workers.pids == []
    known(workers).clear()
    workers.prefetch(blocks)
    wait_for_all(workers, blocks)
    assert known(workers) == truth


# --- nothing is left


def test_no_worker_outlives_close(make: Callable[..., SignatureWorkers], blocks: list[Block]) -> None:
    workers = make(2)
    workers.prefetch(blocks)
    pids = workers.pids
    workers.close()
    assert workers.queued_count == 0
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    workers.prefetch(blocks)
    assert workers.pids == []


NODE_WITH_WORKERS = """
import random, sys
from node.verify.pool import SignatureWorkers
from tests.node import test_verify as example
workers = SignatureWorkers(example.RememberedSigners(), example.CHAIN_ID, 2)
workers.prefetch([example.block(random.Random(1), 300)])
print(len(workers.pids), flush=True)
sys.stdin.read()
"""


def test_no_worker_outlives_a_killed_node() -> None:
    """All that live hold the pipe of standard error open; it ends when the last of them does."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    node = subprocess.Popen(
        (sys.executable, "-c", NODE_WITH_WORKERS),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert node.stdout is not None
    assert node.stdout.readline() == b"2\n"
    node.kill()
    _, errors = node.communicate(timeout=DEADLINE_SECONDS)
    assert errors == b""


# --- frames


def test_a_question_is_read_as_it_was_asked() -> None:
    chance = random.Random(SEED)
    asked = [(chance.randbytes(32), chance.choice(KEYS).sign(chance.randbytes(32))) for _ in range(50)]
    body = frames.question(7, asked)
    assert list(frames.read_question(body)) == asked
    for cut in (len(body) - 1, len(body) - 64, len(body) - 100):
        with pytest.raises(frames.BrokenFrame):
            list(frames.read_question(body[:cut]))


def test_no_changed_answer_is_read() -> None:
    chance = random.Random(SEED)
    body = frames.question(7, [(chance.randbytes(32), KEYS[0].sign(chance.randbytes(32))) for _ in range(3)])
    keys = [key.public_key for key in KEYS[:3]]
    reply = frames.answer(body, keys)
    assert frames.read_answer(reply, body, 3) == keys
    for position in range(len(reply)):
        changed = bytearray(reply)
        changed[position] ^= 1 << chance.randrange(8)
        with pytest.raises(frames.BrokenFrame):
            frames.read_answer(bytes(changed), body, 3)
    for wrong in (reply[:-1], reply + b"\x00", b"", reply[:36]):
        with pytest.raises(frames.BrokenFrame):
            frames.read_answer(wrong, body, 3)
