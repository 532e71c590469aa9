"""`skald node check` and `skald node compact`: what is answered, and what ends in which exit status."""

import json

import pytest

from chain.history import block_key
from chain.leveldb import LevelDbBackend, create_data_directory
from chain.presets import preset
from tests.helpers.play import Play

CHAIN_ID = preset("devnet").params.chain_id


@pytest.fixture
def data_dir(tmp_path):
    """Of a node that made three blocks and was stopped."""
    path = tmp_path / "data"
    create_data_directory(path, CHAIN_ID)
    play = Play(backend=LevelDbBackend(path, CHAIN_ID))
    play.produce(3)
    play.chain.close()
    return path


def damage(data_dir, block_num):
    backend = LevelDbBackend(data_dir, CHAIN_ID)
    backend.write([(block_key(block_num), None)], sync=True)
    backend.close()


def test_a_sound_directory_is_told_check_by_check(data_dir, answer):
    found = answer("node", "check", "--data-dir", str(data_dir), "--verify-workers", "0")
    assert found["sound"] is True
    assert found["head"] == 3
    names = [check["name"] for check in found["checks"]]
    assert names == ["database", "blocks", "rows", "indexes", "digests", "histories", "laws"]
    assert all(check["looked_at"] and not check["wrong"] for check in found["checks"])


def test_deep_applies_the_blocks_anew(data_dir, answer):
    found = answer("node", "check", "--deep", "--data-dir", str(data_dir), "--verify-workers", "0")
    assert found["checks"][-1] == {"name": "replay", "looked_at": 3, "wrong": 0, "first": ""}


def test_damage_is_shown_in_red_and_ends_with_status_1(data_dir, skald):
    damage(data_dir, 2)
    result = skald("node", "check", "--data-dir", str(data_dir), "--verify-workers", "0")
    assert result.exit_code == 1
    assert "block 2: blocks that cannot be read" in result.stdout
    assert "Damaged." in result.stdout
    assert json.loads(skald("node", "check", "--json", "--data-dir", str(data_dir)).stdout)["sound"] is False


def test_a_directory_is_compacted(data_dir, answer, skald):
    made = answer("node", "compact", "--data-dir", str(data_dir))
    assert made["before_bytes"] > 0
    assert made["after_bytes"] > 0
    assert "freed" in skald("node", "compact", "--data-dir", str(data_dir)).stdout
    assert answer("node", "check", "--data-dir", str(data_dir))["sound"] is True


@pytest.mark.parametrize("command", ["check", "compact"])
def test_where_no_chain_is_nothing_is_made(tmp_path, skald, command):
    result = skald("node", command, "--data-dir", str(tmp_path / "none"))
    assert result.exit_code == 1
    assert "There is no chain in" in result.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("command", ["check", "compact"])
def test_a_node_that_runs_is_left_alone(data_dir, skald, command):
    holder = LevelDbBackend(data_dir, CHAIN_ID)
    result = skald("node", command, "--data-dir", str(data_dir))
    holder.close()
    assert result.exit_code == 1
    assert "in use by another process" in result.stderr
