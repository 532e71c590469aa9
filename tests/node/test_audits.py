"""Invariants beside a node's work: when they are checked, over which state, and what becomes of a broken one."""

import pytest

from chain import invariants
from chain.invariants import BrokenInvariant
from node import audits
from node.audits import Audits
from node.core import Spare
from tests.helpers.mesh import Member, Mesh, final_by_votes

INTERVAL = 10


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audits, "AUDIT_INTERVAL_BLOCKS", INTERVAL)
    monkeypatch.setattr(invariants, "ROWS_BETWEEN_PAUSES", 2)


def mesh_at(num: int) -> Mesh:
    mesh = Mesh(1, final_by_votes())
    mesh.does_spare_work = False
    mesh.produce(num)
    return mesh


def enrich(member: Member, name: str) -> None:
    """Money from nowhere, and on the disk already."""
    table, backend = member.chain.state.accounts, member.chain.backend
    row = table.committed(name)
    assert row is not None
    row.balance += 1
    backend.write([(table.encode_key(name), table.pack(row))], sync=False)


def finish(work: Audits) -> int:
    steps = 0
    while work.has_work:
        work.work()
        steps += 1
    return steps


def test_an_audit_is_due_once_in_so_many_blocks() -> None:
    mesh = mesh_at(INTERVAL - 1)
    work = mesh[0].core.audits
    assert not work.has_work
    mesh.produce(1)
    assert finish(work) > 4
    mesh.produce(INTERVAL - 1)
    assert not work.has_work
    mesh.produce(1)
    assert work.has_work


def test_money_from_nowhere_is_found() -> None:
    mesh = mesh_at(INTERVAL)
    enrich(mesh[0], "initminer")
    with pytest.raises(BrokenInvariant, match="HIVE in all places"):
        finish(mesh[0].core.audits)


def test_an_audit_is_of_the_moment_at_which_it_began() -> None:
    mesh = mesh_at(INTERVAL)
    core = mesh[0].core
    mesh.give(mesh[0], Spare())
    mesh.produce(2)  # pays witnesses meanwhile
    enrich(mesh[0], "initminer")
    finish(core.audits)
    assert not core.has_spare_work


def test_what_an_audit_reads_does_not_stay_in_memory() -> None:
    mesh = mesh_at(INTERVAL)
    chain = mesh[0].chain
    kept = [len(table.rows) for table in chain.store.tables]
    finish(mesh[0].core.audits)
    assert [len(table.rows) for table in chain.store.tables] == kept
