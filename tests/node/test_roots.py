"""State roots in whole cores: who attests what, what a quorum makes of it, and who notices that its state is wrong."""

import random
from dataclasses import replace

import pytest

from chain.finality.attestations import Attestation, Checkpoint
from chain.past import PAST_PREFIX, moment_at
from chain.state_root import state_root
from node.core import HearAttestation, Spare, Tick
from node.effects import GossipAttestation, StateAttested, StateDiverged, StatementRefused
from node.roots import SHARE_SECONDS
from tests.helpers.devnets import devnet_by_the_old_rule
from tests.helpers.mesh import Member, Mesh, final_by_votes
from tests.helpers.play import signing_keys

INTERVAL = 50
CHECKPOINT = 100


def mesh_at(num: int, nodes: int = 2, *, hears: bool = True) -> Mesh:
    mesh = Mesh(nodes, final_by_votes(state_root_interval_blocks=INTERVAL))
    if not hears:
        mesh.deaf.add(HearAttestation)
    mesh.produce(num)
    return mesh


def attested_nums(member: Member) -> list[int]:
    return [one.checkpoint.num for one in member.chain.finality.root_certificates()]


def word(mesh: Mesh, voter: str, num: int = CHECKPOINT, *, root: bytes | None = None) -> Attestation:
    """What a voter says of the state there: the truth, or another root."""
    chain = mesh[0].chain
    moment = moment_at(chain.backend.view(), num)
    checkpoint = Checkpoint(moment.block_id, root or state_root(moment.rows), moment.digest)
    round = chain.finality.round_above((num - 1) // 21 * 21)
    assert round is not None
    key = signing_keys(mesh.genesis)[dict(round.voters)[voter]]
    return Attestation.signed(chain.params.chain_id, checkpoint, voter, key)


def test_every_checkpoint_is_attested_by_a_quorum_at_every_node() -> None:
    mesh = mesh_at(CHECKPOINT + 1, nodes=3)
    for member in mesh.members:
        assert attested_nums(member) == [CHECKPOINT, INTERVAL]
        assert [one.certificate.checkpoint.num for one in member.told(StateAttested)] == [INTERVAL, CHECKPOINT]
        assert not member.told(StateDiverged)
        assert not member.told(StatementRefused)
    certificate = mesh[0].chain.finality.root_certificates()[0]
    moment = moment_at(mesh[1].chain.backend.view(), CHECKPOINT)
    assert certificate.checkpoint == (moment.block_id, state_root(moment.rows), moment.digest)
    round = mesh[1].chain.finality.round_above(84)
    assert round is not None
    certificate.verify(mesh.genesis.params.chain_id, round)
    told = mesh[0].core.attestation_words()  # to a node that has just linked
    assert [one.checkpoint for one in told] == [certificate.checkpoint] * 7


def test_a_root_is_computed_in_slices_while_blocks_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each slice is one chunk; blocks between them do not change the root."""
    monkeypatch.setattr("chain.state_root.CHUNK_BYTES", 1_000)
    mesh = Mesh(1, final_by_votes(state_root_interval_blocks=INTERVAL))
    mesh.does_spare_work = False
    mesh.produce(INTERVAL)
    core, slices = mesh[0].core, 0
    expected = state_root(mesh[0].chain.backend.view())
    while core.has_spare_work:
        mesh.give(mesh[0], Spare())
        slices += 1
        if slices % 4 == 0:
            mesh.produce()
    assert slices > 8
    assert mesh[0].chain.head_num > INTERVAL
    assert mesh[0].chain.finality.root_certificates()[0].checkpoint.state_root == expected


def test_finality_does_not_wait_for_roots() -> None:
    """Nobody hears an attestation, and nobody computes a root: blocks are final all the same."""
    mesh = mesh_at(INTERVAL + 5, hears=False)
    assert {member.chain.final_num for member in mesh.members} == {INTERVAL + 5}
    assert {tuple(attested_nums(member)) for member in mesh.members} == {()}


def test_a_word_that_was_lost_is_said_again() -> None:
    mesh = mesh_at(CHECKPOINT + 1, hears=False)
    mesh.deaf.clear()
    assert attested_nums(mesh[0]) == []
    mesh.produce(SHARE_SECONDS // 3 + 2)
    assert {tuple(attested_nums(member)) for member in mesh.members} == {(CHECKPOINT,)}
    mesh.produce(SHARE_SECONDS // 3 + 1)  # once more, for those who come late
    said = [len(member.told(GossipAttestation)) for member in mesh.members]
    mesh.produce(4)
    assert [len(member.told(GossipAttestation)) for member in mesh.members] == said
    assert mesh[0].chain.head_num < CHECKPOINT + INTERVAL


def test_a_node_whose_state_is_wrong_says_so() -> None:
    """One row differs at node 2, and nothing that blocks look at."""
    mesh = mesh_at(CHECKPOINT - 1, nodes=3)
    mesh[2].backend.write([(b"aozz\x00" + bytes(8), b"\x90")], sync=False)
    mesh.produce(2)
    assert [one.ours.num for one in mesh[2].told(StateDiverged)] == [CHECKPOINT]
    assert not mesh[0].told(StateDiverged)
    told = mesh[2].told(StateDiverged)[0]
    assert told.ours.state_root != told.theirs.state_root
    assert told.ours.state_digest == told.theirs.state_digest
    assert attested_nums(mesh[2])[0] == CHECKPOINT  # what the others say is kept
    assert [member.core.has_diverged for member in mesh.members] == [False, False, True]
    mesh.produce(40)
    assert len(mesh[2].told(StateDiverged)) == 1


def test_after_a_restart_the_root_is_computed_if_nobody_has_attested_it() -> None:
    mesh = mesh_at(CHECKPOINT + 10, nodes=1, hears=False)
    before = mesh[0].chain.finality.root_certificates()
    assert [one.checkpoint.num for one in before] == [CHECKPOINT, INTERVAL]
    mesh[0].backend.write([(b"\x01r" + num.to_bytes(8, "big"), None) for num in (CHECKPOINT, INTERVAL)], sync=True)
    mesh[0].start()
    mesh.produce(2)
    assert mesh[0].chain.finality.root_certificates() == before[:1]
    mesh[0].effects.clear()
    mesh[0].start()
    mesh.produce(2)
    assert not mesh[0].told(StateAttested)  # known by now


def test_a_node_that_catches_up_computes_no_old_roots() -> None:
    mesh = mesh_at(CHECKPOINT + 5)
    late = Mesh(1, mesh.genesis)
    late.does_spare_work = False
    member = late[0]
    member.witnesses = ()
    member.start()
    late.now = mesh.now + INTERVAL * 3 + 1
    for block in mesh[0].chain.blocks(1, CHECKPOINT + 5):
        member.chain.push_block(block)
    for certificate in mesh[0].chain.finality.certificates(0, 64):
        member.chain.finalise(certificate)
    late.give(member, Tick())
    assert not member.core.has_spare_work
    for attestation in mesh[0].core.attestation_words():
        late.give(member, HearAttestation(attestation, "peer"))
    assert attested_nums(member) == [CHECKPOINT]  # but it hears what others say


def test_past_that_is_gone_meanwhile_leaves_no_root() -> None:
    mesh = Mesh(1, final_by_votes(state_root_interval_blocks=INTERVAL))
    mesh.does_spare_work = False
    mesh.produce(INTERVAL)
    mesh[0].start()
    mesh.produce(5)
    mesh[0].start()
    mesh.produce()
    keys = [key for key, _ in mesh[0].backend.scan(PAST_PREFIX, PAST_PREFIX + b"\xff")]
    mesh[0].backend.write([(key, None) for key in keys], sync=True)
    mesh[0].start()
    mesh.give(mesh[0], Tick())
    assert mesh[0].core.has_spare_work
    mesh.give(mesh[0], Spare())
    assert not mesh[0].core.has_spare_work
    assert not mesh[0].told(GossipAttestation)


@pytest.mark.parametrize("what", ["signed by another", "by nobody who votes", "changed on the way"])
def test_invalid_attestation_is_blamed_on_who_sent_it(what: str) -> None:
    mesh = mesh_at(CHECKPOINT + 1, nodes=1, hears=False)
    good = word(mesh, "witness-2")
    bad = {
        "signed by another": replace(good, signature=word(mesh, "witness-3").signature),
        "by nobody who votes": replace(good, voter="alice"),
        "changed on the way": replace(good, checkpoint=good.checkpoint._replace(state_root=bytes(32))),
    }[what]
    if what != "by nobody who votes":
        mesh[0].core.roots._book.heard.clear()  # type: ignore[union-attr]
    [refused] = mesh[0].core.handle(HearAttestation(bad, "peer"), mesh.now)
    assert isinstance(refused, StatementRefused)
    assert refused.source == "peer"


def test_what_comes_too_early_or_too_late_is_nobodys_fault() -> None:
    mesh = mesh_at(CHECKPOINT + 1, nodes=1, hears=False)
    chance = random.Random(3)
    old = word(mesh, "witness-2", INTERVAL)
    early = replace(old, checkpoint=old.checkpoint._replace(block_id=(150).to_bytes(4, "big") + chance.randbytes(16)))
    beside = replace(old, checkpoint=old.checkpoint._replace(block_id=(100).to_bytes(4, "big") + chance.randbytes(16)))
    for attestation in (old, early, beside):
        assert mesh[0].core.handle(HearAttestation(attestation, "peer"), mesh.now) == []


def test_a_minority_of_liars_attests_nothing() -> None:
    """Two of seven name another root, before anybody else has spoken."""
    mesh = Mesh(1, final_by_votes(state_root_interval_blocks=INTERVAL))
    mesh.does_spare_work = False
    mesh.produce(CHECKPOINT)
    for voter in ("witness-1", "witness-2"):
        mesh.give(mesh[0], HearAttestation(word(mesh, voter, root=bytes(32)), "liar"))
    while mesh[0].core.has_spare_work:
        mesh.give(mesh[0], Spare())
    [certificate] = mesh[0].chain.finality.root_certificates()
    assert certificate.checkpoint == word(mesh, "witness-3").checkpoint
    assert len(certificate.signatures) == 5
    assert not mesh[0].told(StateDiverged)


def test_without_votes_on_finality_nobody_attests() -> None:
    mesh = Mesh(1, devnet_by_the_old_rule())
    assert mesh[0].core.roots is None
    assert mesh[0].core.handle(Spare(), mesh.now) == []
    assert mesh[0].core.attestation_words() == []
