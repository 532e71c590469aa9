"""The record by which a block is taken back: rows as they were, whose keys are in them."""

from chain.memory import MemoryBackend
from chain.rows import Earnings, Vote
from chain.store import Store
from chain.tables import Tables
from chain.undo import Undo, undo_key


def test_what_a_block_changed_added_and_removed_is_told_by_its_record() -> None:
    backend = MemoryBackend()
    tables = Tables(Store(backend))
    store = tables.earnings.store
    store.begin()
    tables.earnings.insert(Earnings("alice", vests=1))
    tables.votes.insert(Vote(7, "bob", 2**64 - 1))
    tables.votes.insert(Vote(7, "carol", 0))
    store.commit(1, bytes(20), sync=False)
    before = dict(backend.pairs)
    store.begin()
    tables.earnings.edit("alice").vests = 2
    tables.earnings.insert(Earnings("dave"))
    tables.votes.remove((7, "bob"))
    tables.votes.remove((7, "carol"))
    store.commit(2, b"2" * 20, [(b"\x01b2", b"a block")], sync=False)

    undo = Undo.read(backend.pairs[undo_key(2)])

    alice, dave = tables.earnings.encode_key("alice"), tables.earnings.encode_key("dave")
    votes = {key: before[key] for key in map(tables.votes.encode_key, [(7, "bob"), (7, "carol")])}
    assert dict(undo.rows()) == {alice: before[alice], dave: None, **votes}
    assert dict(undo.rows_under(b"ae")) == {alice: before[alice], dave: None}
    assert dict(undo.rows_under(b"pv")) == votes
    assert undo.previous[:2] == (1, bytes(20))
    assert undo.records == (b"\x01b2",)


def test_the_key_of_each_table_stands_in_its_rows_as_it_is() -> None:
    for table in Tables(Store(MemoryBackend())).votes.store.tables:
        key = table.names[: table.key_width]
        assert not set(key) & {*table.row_type.converters, *table.row_type.wide}, table.row_type.__name__
