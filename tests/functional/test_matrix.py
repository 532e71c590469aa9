"""A few places of the determinism matrix. The whole of it is `make matrix`."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.functional.matrix import PROJECT, Outcome, Place, difference, replay_in, turkish, write_blocks

pytestmark = pytest.mark.functional

SEED = 11
COMPILED = PROJECT / "build" / "compiled"
HERE = Place(sys.executable, "0", "UTC", "C", "C")


def test_one_chain_gives_one_state_wherever_it_is_replayed(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    blocks, locales = tmp_path / "blocks", turkish(tmp_path)
    write_blocks(blocks, SEED, 50)
    places = [HERE, replace(HERE, hash_seed="4242", zone="Asia/Kolkata", msgpack="pure")]
    if locales is not None:
        places.append(replace(HERE, hash_seed="1", language="tr_TR"))
    outcomes = [replay_in(place, blocks, locales) for place in places]
    assert not difference(outcomes)
    assert outcomes[0].digests[-1][0] == 50
    assert [one.about["msgpack"] for one in outcomes[:2]] == ["C", "pure"]
    if locales is not None:
        assert outcomes[2].about["locale"] == "tr_TR.UTF-8"


@pytest.mark.skipif(not COMPILED.exists(), reason="there is no compiled build: `make compiled`")
def test_the_compiled_build_comes_to_the_same_state(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    blocks = tmp_path / "blocks"
    write_blocks(blocks, SEED, 120)
    outcomes = [replay_in(place, blocks, None) for place in (HERE, replace(HERE, tree=COMPILED))]
    assert not difference(outcomes)
    assert [one.about["build"] for one in outcomes] == ["pure", "compiled"]


def test_a_place_that_differs_is_named() -> None:
    same = Outcome(HERE, {}, ((100, "aa", ""), (200, "bb", "cc")))
    elsewhere = replace(HERE, zone="Asia/Kolkata")
    assert not difference([same, replace(same, place=elsewhere)])
    assert "Asia/Kolkata" in difference([same, Outcome(elsewhere, {}, ((100, "aa", ""), (200, "bb", "dd")))])
    assert "differ" in difference([same, Outcome(elsewhere, {}, ((100, "aa", ""),))])


def test_a_place_where_the_replay_fails_is_named(tmp_path: Path) -> None:
    (tmp_path / "blocks").write_bytes(b"\x00\x00\x00\x03abc")
    outcome = replay_in(HERE, tmp_path / "blocks", None)
    assert "UnexpectedEnd" in difference([outcome])
