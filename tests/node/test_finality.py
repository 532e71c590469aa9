"""Finality by votes in whole cores: what becomes final, what stays so, and who catches up how (docs/finality.md)."""

from pathlib import Path

import pytest

from chain.block import BlockHeader
from chain.chain import Chain
from chain.finality.evidence import TwoBlocks, TwoVotes
from chain.finality.votes import PRECOMMIT, Place, Vote
from chain.keys import PrivateKey
from chain.leveldb import LevelDbBackend
from node.core import HearClocks, HearEvidence, HearVote, NodeCore, Tick
from node.effects import BlocksPopped, CertificateOwed, GossipEvidence, GossipVote, IrreversibleMoved, StatementRefused
from node.finality import AGAIN_SECONDS, SHARE_SECONDS
from node.peer_clocks import PeerClocks
from node.snapshot.file import SnapshotReader
from node.snapshot.making import create_snapshot
from node.snapshot.restoring import restore_snapshot
from node.snapshot.trust import Judge
from tests.helpers.mesh import Mesh, final_by_votes
from tests.helpers.play import Play, signing_keys

ROUND_END = 2 * 21
ALL_TAKE_PART = 2 * 21 + 1  # blocks until the elected witnesses produce and vote


def heads(mesh: Mesh) -> set[bytes]:
    return {member.chain.head_id for member in mesh.members}


def finals(mesh: Mesh) -> list[int]:
    return [member.chain.final_num for member in mesh.members]


@pytest.fixture
def mesh() -> Mesh:
    mesh = Mesh(4)
    mesh.produce(ALL_TAKE_PART + 3)
    return mesh


def test_every_block_is_final_at_once_where_all_hear_each_other(mesh: Mesh) -> None:
    assert len(heads(mesh)) == 1
    assert finals(mesh) == [mesh[0].chain.head_num] * 4
    certificate = mesh[1].chain.finality.newest()
    assert certificate is not None
    round = mesh[1].chain.finality.round_above(42)
    assert round is not None
    assert len(round.voters) == 7
    certificate.verify(mesh.genesis.params.chain_id, round)
    assert mesh[2].told(IrreversibleMoved)[-1].num == mesh[2].chain.head_num


def test_one_node_alone_makes_its_own_chain_final() -> None:
    mesh = Mesh(1)
    mesh.produce(50)
    assert mesh[0].chain.final_num == mesh[0].chain.head_num == 50
    assert [one.round_num for one in mesh[0].chain.finality.certificates(0, 10)] == [0, 1, 2]


def test_without_votes_the_old_rule_counts() -> None:
    play = Play()
    assert not play.params.finality_votes
    play.produce(60)
    assert play.core.finality is None
    assert play.chain.irreversible_num == play.chain.confirmed_num > 0
    assert play.core.finality_words() == ([], [])


def test_the_old_figure_is_still_computed(mesh: Mesh) -> None:
    assert 0 < mesh[0].chain.confirmed_num < mesh[0].chain.final_num


def test_a_side_without_a_quorum_makes_nothing_final_and_gives_way(mesh: Mesh) -> None:
    """Seven witnesses, a quorum of five: nodes 0 to 2 have six of them, node 3 has one."""
    before = mesh[3].chain.final_num
    with mesh.apart([0, 1, 2], [3]):
        mesh.produce(21)
        assert mesh[3].chain.final_num == before
        assert mesh[3].chain.head_num > before
        assert mesh[0].chain.final_num > before + 10
        lonely = mesh[3].chain.head_id
    mesh.produce(2)
    assert len(heads(mesh)) == 1
    assert not mesh[0].chain.holds(lonely)
    assert mesh[3].told(BlocksPopped)
    assert finals(mesh) == [mesh[0].chain.final_num] * 4
    assert mesh[0].chain.final_num >= mesh[0].chain.head_num - 1


def test_two_halves_make_nothing_final_and_agree_when_they_meet(mesh: Mesh) -> None:
    """Four and three witnesses: neither has five."""
    before = max(finals(mesh))
    with mesh.apart([0, 1], [2, 3]):
        mesh.produce(15)
        assert max(finals(mesh)) == before
    mesh.produce(21)
    assert len(heads(mesh)) == 1
    assert min(finals(mesh)) > before
    assert {member.chain.digest for member in mesh.members} == {mesh[0].chain.digest}


def test_a_longer_branch_without_the_final_block_is_not_followed(mesh: Mesh) -> None:
    with mesh.apart([0, 1, 2], [3]):
        mesh.produce(5)
    final_num = mesh[0].chain.final_num
    assert mesh[3].chain.final_num == final_num
    assert mesh[3].chain.id_of(final_num) == mesh[0].chain.id_of(final_num)


def test_what_is_final_stays_so_after_a_restart(mesh: Mesh) -> None:
    node = mesh[1]
    final_num, ballot = node.chain.final_num, node.signed.ballot
    node.start()
    assert node.chain.final_num == node.chain.irreversible_num == final_num
    assert node.signed.ballot == ballot
    mesh.produce(25)
    assert finals(mesh) == [mesh[0].chain.head_num] * 4


def test_a_late_joiner_checks_a_certificate_of_each_round() -> None:
    mesh = Mesh(4)
    with mesh.apart([0, 1, 2], [3]):
        mesh.produce(90)
        late = mesh[3]
        for block in mesh[0].chain.blocks(late.chain.head_num + 1, mesh[0].chain.head_num - 1):
            late.chain.receive_block(block)
        assert late.chain.final_num < 42
    mesh.produce(8)
    assert late.chain.final_num == mesh[0].chain.final_num > 90
    rounds = [certificate.round_num for certificate in late.chain.finality.certificates(0, 10)]
    assert rounds == list(range(len(rounds)))


def test_invalid_vote_of_somebody_else(mesh: Mesh) -> None:
    """Signed by a witness, in the name of another."""
    genesis, chain = mesh.genesis, mesh[0].chain
    key = next(iter(signing_keys(genesis).values()))
    round = mesh[0].core.finality.voter.round  # type: ignore[union-attr]  # votes are on
    name = next(voter.name for voter in round.voters if voter.key != key.public_key)
    place = Place(round.num, mesh[0].core.finality.voter.view, PRECOMMIT)  # type: ignore[union-attr]
    block_id = (chain.head_num + 1).to_bytes(4, "big") + bytes(16)
    forged = Vote.signed(genesis.params.chain_id, place, block_id, name, key)
    (refused,) = mesh[0].core.handle(HearVote(forged, "mallory"), mesh.now)
    assert isinstance(refused, StatementRefused)
    assert refused.source == "mallory"


def test_a_peer_that_is_behind_is_answered_once_in_a_while(mesh: Mesh) -> None:
    key = PrivateKey.from_seed("anybody")
    old = Vote.signed(mesh.genesis.params.chain_id, Place(0, 0, PRECOMMIT), mesh[0].chain.id_of(5), "initminer", key)
    core = mesh[0].core
    assert core.handle(HearVote(old, "peer"), mesh.now) == [CertificateOwed(0, "peer")]
    assert core.handle(HearVote(old, "peer"), mesh.now) == []
    assert core.handle(HearVote(old, "another"), mesh.now) == [CertificateOwed(0, "another")]
    assert core.handle(HearVote(old, "peer"), mesh.now + AGAIN_SECONDS) == [CertificateOwed(0, "peer")]


def two_headers(mesh: Mesh, name: str, key: PrivateKey) -> TwoBlocks:
    """Two blocks on our head, signed by a key for one slot."""
    chain = mesh[0].chain
    headers = [BlockHeader(chain.head_id, int(mesh.now) + 3, name, bytes([number]) * 20) for number in (1, 2)]
    return TwoBlocks.of(*(header.signed(key.sign(header.signing_digest)) for header in headers))


def test_nobody_is_blamed_for_evidence_against_a_key_that_may_have_been_changed(mesh: Mesh) -> None:
    keys = signing_keys(mesh.genesis)
    name = "witness-1"
    present = keys[_key_of(mesh, name)]
    another = PrivateKey.from_seed("a key of before")
    assert mesh[0].core.handle(HearEvidence(two_headers(mesh, name, another), "peer"), mesh.now) == []
    (told,) = mesh[0].core.handle(HearEvidence(two_headers(mesh, name, present), "peer"), mesh.now)
    assert isinstance(told, GossipEvidence)


def test_invalid_evidence_of_two_votes_that_their_voter_did_not_sign(mesh: Mesh) -> None:
    place = Place(0, 0, PRECOMMIT)
    votes = [
        Vote.signed(mesh.genesis.params.chain_id, place, bytes([0, 0, 0, 1, *[number] * 16]), "initminer", key)
        for number, key in ((1, PrivateKey.from_seed("mallory")), (2, PrivateKey.from_seed("mallory")))
    ]
    (refused,) = mesh[0].core.handle(HearEvidence(TwoVotes.of(*votes), "mallory"), mesh.now)
    assert isinstance(refused, StatementRefused)


def test_two_blocks_for_one_slot_are_evidence_that_everybody_records(mesh: Mesh) -> None:
    """A witness whose key two nodes have, which do not hear each other."""
    twin = mesh[3]
    twin.witnesses = mesh[0].witnesses
    twin.start()
    with mesh.apart([0, 1, 2], [3]):
        mesh.produce(14)
    mesh.produce(2)
    culprits = [{one.culprit for one in member.chain.finality.evidence()} for member in mesh.members]
    assert set.intersection(*culprits)
    assert set.union(*culprits) <= set(mesh[0].witnesses)
    told = [one for member in mesh.members for one in member.told(GossipEvidence)]
    assert all(not one.evidence.verify(b"", _key_of(mesh, one.evidence.culprit)) for one in told)


def _key_of(mesh: Mesh, name: str) -> bytes:
    return mesh[0].chain.state.witnesses.get(name).signing_key


def test_votes_are_told_again_while_nothing_becomes_final(mesh: Mesh) -> None:
    with mesh.apart([0, 1], [2, 3]):
        mesh.produce(10)
        node = mesh[0]
        node.effects.clear()
        for _ in range(60):
            mesh.now += 1
            mesh.give(node, Tick())
        own = set(node.witnesses)
        told = [one.vote.voter for one in node.told(GossipVote)]
        assert own & set(told)
        assert set(told) - own


def test_a_clock_that_is_set_back_does_not_silence_a_voter(mesh: Mesh) -> None:
    """It was an hour ahead, and when votes were told last was noted by that clock."""
    with mesh.apart([0, 1], [2, 3]):
        mesh.produce(10)
        core, finality = mesh[0].core, mesh[0].core.finality
        assert finality is not None

        def told(now: float) -> list[object]:
            """What comes of time alone."""
            core.handle(HearClocks(PeerClocks()), now)
            return [one for one in finality.look(int(now)) if isinstance(one, GossipVote)]

        ahead = [one for seconds in range(2 * SHARE_SECONDS) for one in told(mesh.now + 3_600 + seconds)]
        back = [one for seconds in range(SHARE_SECONDS + 2) for one in told(mesh.now + seconds)]
    assert ahead
    assert back


def test_a_chain_without_blocks_has_its_first_voters() -> None:
    chain = Chain(Mesh(1)[0].backend, final_by_votes())
    round = chain.finality.round_above(0)
    assert round is not None
    assert [voter.name for voter in round.voters] == ["initminer"]


def test_a_state_restored_at_the_end_of_a_round_knows_who_votes_above_it(tmp_path: Path) -> None:
    """By the state itself: what the snapshot's file says of that round would have nobody's word."""
    mesh = Mesh(1)
    mesh.produce(ROUND_END)
    source = mesh[0].chain
    assert source.final_num == ROUND_END
    create_snapshot(source, tmp_path / "snapshot", lambda _: None)
    with SnapshotReader(tmp_path / "snapshot") as reader:
        restore_snapshot(reader, Judge(reader, source.params), tmp_path / "node", lambda _: None)
    backend = LevelDbBackend(tmp_path / "node", source.params.chain_id)
    restored = Chain(backend, mesh.genesis, with_history=False)
    assert restored.finality.round_above(ROUND_END) == source.finality.round_above(ROUND_END)
    NodeCore(restored).handle(Tick(), mesh.now)
    restored.close()
