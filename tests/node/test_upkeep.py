"""What `skald node check` finds in a data directory that something has changed, and what `skald node compact` leaves of it."""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgpack
import pytest

from chain.block import Block, BlockHeader
from chain.chain import Chain
from chain.history import account_key, block_key, operations_key, transaction_key
from chain.index import Index
from chain.leveldb import LevelDbBackend, create_data_directory
from chain.row import Row
from chain.state_audit import CHECKS, Check, run
from chain.undo import undo_key
from node import config
from node.config import Config
from node.data_directory import open_chain
from node.upkeep import compact, opened_for_audit, replayed
from tests.functional.crash import Crowd
from tests.helpers.play import Play

SEED = 21
HEAD = 80


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Eighty blocks in which people act, in a data directory whose node has stopped; memory still knows them."""
    print(f"seed {SEED}")
    folder = tmp_path_factory.mktemp("chain") / "data"
    chain_id = Play().genesis.params.chain_id
    create_data_directory(folder, chain_id)
    play, crowd = Play(backend=LevelDbBackend(folder, chain_id)), Crowd(random.Random(SEED))
    play.produce(43)
    for _ in range(HEAD - 43):
        for _ in range(3):
            operation, by, role = crowd.next_operation()
            play.submit(play.sign(operation, by=by, role=role))
        play.produce()
    return play


@pytest.fixture
def directory(play: Play, tmp_path: Path) -> Path:
    """A copy of that data directory."""
    assert isinstance(play.chain.backend, LevelDbBackend)
    return Path(shutil.copytree(play.chain.backend.path, tmp_path / "data"))


@pytest.fixture
def settings(directory: Path, monkeypatch: pytest.MonkeyPatch, play: Play) -> Config:
    monkeypatch.setattr("node.upkeep.origin_of", lambda _: play.genesis)
    monkeypatch.setattr("node.data_directory.origin_of", lambda _: play.genesis)
    return config.load({"data_dir": str(directory)})


def checked(settings: Config) -> dict[str, Check]:
    with closing(opened_for_audit(settings)) as audited:
        return {name: list(run(audited, name))[-1] for name in CHECKS}


def deep(settings: Config, play: Play) -> Check:
    with closing(opened_for_audit(settings)) as audited:
        return list(replayed(audited, play.genesis, 0))[-1]


def change(directory: Path, play: Play, puts: list[tuple[bytes, bytes | None]]) -> None:
    with closing(LevelDbBackend(directory, play.params.chain_id)) as backend:
        backend.write(puts, sync=True)


def test_a_directory_that_nothing_has_happened_to_is_sound(settings: Config, play: Play) -> None:
    found = checked(settings)
    assert {name: check.first for name, check in found.items()} == dict.fromkeys(CHECKS, "")
    assert found["blocks"].looked_at == HEAD
    assert found["database"].looked_at > found["rows"].looked_at > found["indexes"].looked_at > 0
    assert found["digests"].looked_at >= HEAD - play.chain.irreversible_num
    assert found["histories"].looked_at > HEAD
    assert deep(settings, play) == Check("replay", HEAD)


def test_a_node_goes_on_in_a_directory_that_was_checked_and_compacted(settings: Config, play: Play) -> None:
    checked(settings)
    made = compact(settings, lambda _: None)
    assert made.before_bytes > 0
    assert checked(settings) == checked(settings)
    with closing(open_chain(settings, play.genesis)) as chain:
        assert (chain.head_num, chain.digest) == (HEAD, play.chain.digest)


def test_compacting_gives_back_what_was_overwritten(settings: Config, directory: Path, play: Play) -> None:
    for value in range(3):
        change(directory, play, [(b"\x01z" + bytes([key, value]), bytes(50_000)) for key in range(40)])
        change(directory, play, [(b"\x01z" + bytes([key, value]), None) for key in range(40)])
    steps: list[int] = []
    made = compact(settings, steps.append)
    assert made.before_bytes - made.after_bytes > 1_900_000
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) > 20  # as many as there are kinds of keys


# --- damage. Each gives what is written into the directory, and belongs to the check that must find it.


def put(play: Play, row: Row, table: str, *, key: bytes | None = None) -> list[tuple[bytes, bytes | None]]:
    """A row as another program might have left it."""
    rows = getattr(play.chain.state, table)
    return [(key or rows.encode_key(rows.key_of(row)), rows.pack(row))]


def copy_of(play: Play, table: str, key: object) -> Row:
    rows = getattr(play.chain.state, table)
    row: Row = rows.unpack(rows.pack(rows.get(key)))
    return row


def richer(play: Play) -> list[tuple[bytes, bytes | None]]:
    alice = copy_of(play, "accounts", "alice")
    alice.balance += 1  # type: ignore[attr-defined]  # an account
    return put(play, alice, "accounts")


def another_memo_key(play: Play) -> list[tuple[bytes, bytes | None]]:
    keys = copy_of(play, "account_keys", "alice")
    keys.memo_key = bytes(33)  # type: ignore[attr-defined]  # an account's keys
    return put(play, keys, "account_keys")


def changed_by_the_head(play: Play) -> list[tuple[bytes, bytes | None]]:
    totals = copy_of(play, "globals_", "")
    totals.participation_count -= 1  # type: ignore[attr-defined]  # the globals
    return put(play, totals, "globals_")


def block_with(play: Play, num: int, **changes: object) -> list[tuple[bytes, bytes | None]]:
    block = play.chain.block(num)
    old = block.header
    fields = {
        name: changes.get(name, getattr(old, name))
        for name in ("previous", "timestamp", "witness", "transaction_merkle_root", "extensions", "witness_signature")
    }
    header = BlockHeader(**fields)  # type: ignore[arg-type]  # of another header
    return [(block_key(num), Block.build(header, block.transactions).packed_bytes)]


def index_of(play: Play) -> Index[Row]:
    return play.chain.state.witnesses.indexes[0]  # type: ignore[return-value]  # of witnesses


def entry(play: Play) -> tuple[bytes, bytes]:
    record = index_of(play).record(play.chain.state.witnesses.get("initminer"))
    assert record is not None
    return record


def longest(play: Play) -> bytes:
    """The second record of somebody's history."""
    sequences = [int.from_bytes(key[-8:], "big") for key, _ in play.chain.backend.scan(*_records("alice"))]
    return account_key("alice", sequences[1])


def _records(account: str) -> tuple[bytes, bytes]:
    return account_key(account, 0), account_key(account, 2**62)


def first_transaction(chain: Chain) -> bytes:
    return next(block.transactions[0].id for block in chain.blocks(1, HEAD) if block.transactions)


Damage = Callable[[Play], list[tuple[bytes, bytes | None]]]

DAMAGES: dict[str, tuple[str, str, Damage]] = {
    "a block is missing": ("blocks", "block 50: blocks that cannot", lambda p: [(block_key(50), None)]),
    "a block is garbage": ("blocks", "block 50: blocks that cannot", lambda p: [(block_key(50), b"garbage")]),
    "a block is later": ("blocks", "block 50: witness sig", lambda p: block_with(p, 50, timestamp=1_900_000_000)),
    "a block has another root": (
        "blocks",
        "block 50: merkle",
        lambda p: block_with(p, 50, transaction_merkle_root=bytes([1] * 20)),
    ),
    "the head is another": (
        "blocks",
        f"block {HEAD} is ",
        lambda p: block_with(p, HEAD, witness_signature=p.chain.header(HEAD - 1).witness_signature, witness="nobody"),
    ),
    "a row cannot be read": (
        "rows",
        "a row of Account cannot be read",
        lambda p: [(p.chain.state.accounts.encode_key("alice"), b"\x93\x01")],
    ),
    "a row stands elsewhere": (
        "rows",
        "a row of Account stands under the key of another",
        lambda p: put(p, copy_of(p, "accounts", "alice"), "accounts", key=b"aaalbert\x00"),
    ),
    "an entry of an index is missing": (
        "indexes",
        "the index votes of Witness does not show the row 'initminer'",
        lambda p: [(entry(p)[0], None)],
    ),
    "an entry of an index is elsewhere": (
        "indexes",
        "the index votes of Witness does not show the row 'initminer'",
        lambda p: [(entry(p)[0], msgpack.packb(((7, "initminer"), "initminer")))],
    ),
    "an index shows nobody": (
        "indexes",
        "the index votes of Witness shows",
        lambda p: [(index_of(p).prefix + b"nobody\x00", entry(p)[1])],
    ),
    "a row that the head changed": ("digests", f"the digest of block {HEAD}", changed_by_the_head),
    "how to undo is garbage": ("digests", f"how to undo block {HEAD}", lambda p: [(undo_key(HEAD), b"\x93\x01")]),
    "a history has a hole": ("histories", "the history of alice has a hole", lambda p: [(longest(p), None)]),
    "a history is gone": (
        "histories",
        "the history of alice has 0 entries",
        lambda p: [(key, None) for key, _ in p.chain.backend.scan(*_records("alice"))],
    ),
    "a transaction is not found": (
        "histories",
        "transaction ",
        lambda p: [(transaction_key(first_transaction(p.chain)), None)],
    ),
    "operations are garbage": (
        "histories",
        "the operations of block 60 cannot be read",
        lambda p: [(operations_key(60), b"\x92\x01")],
    ),
    "money from nowhere": ("laws", "HIVE in all places and current_supply", richer),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_damage_is_found_and_named(settings: Config, directory: Path, play: Play, what: str) -> None:
    name, words, damage = DAMAGES[what]
    change(directory, play, damage(play))
    found = checked(settings)
    assert found[name].wrong >= 1
    assert found[name].first.startswith(words), found[name].first
    assert not found["database"].wrong


def test_only_a_replay_finds_a_row_that_was_changed_long_ago_and_breaks_no_law(
    settings: Config, directory: Path, play: Play
) -> None:
    change(directory, play, another_memo_key(play))
    assert not any(check.wrong for check in checked(settings).values())
    found = deep(settings, play)
    assert found.wrong == 1
    assert "is not what the blocks have made of it" in found.first


def test_a_replay_tells_which_block_cannot_be_applied(settings: Config, directory: Path, play: Play) -> None:
    change(directory, play, block_with(play, 50, timestamp=1_900_000_000))
    assert deep(settings, play).first.startswith("block 50 cannot be applied")


def test_a_flipped_byte_of_the_database_is_found(settings: Config, directory: Path) -> None:
    compact(settings, lambda _: None)
    file = max((directory / "state").glob("*.ldb"), key=lambda path: path.stat().st_size)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0x10
    file.write_bytes(data)
    found = checked(settings)
    assert found["database"].wrong == 1
    assert "damaged" in found["database"].first
