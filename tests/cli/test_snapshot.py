"""`skald snapshot`: made, checked and restored by what people type, and what is told when it is refused."""

import json
from pathlib import Path

import pytest

from chain.chain import Chain
from node.config import Config
from node.data_directory import open_chain, origin_of
from tests.helpers.forge import Forge
from tests.helpers.play import signing_keys
from tests.helpers.snapshots import CHECKPOINT, HEAD, attested_chain, make_final, saved


@pytest.fixture(scope="module")
def source() -> Chain:
    return attested_chain()


@pytest.fixture(scope="module")
def file(source: Chain, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(saved(source, tmp_path_factory.mktemp("snapshots") / "state.skald"))


def test_a_snapshot_that_a_trusted_block_proves_is_restored(source, file, tmp_path, answer):
    block_id = source.id_of(HEAD - 3).hex()
    found = answer("snapshot", "verify", file, "--trusted-block", block_id)
    assert found["proven"] is True
    assert found["block"] == CHECKPOINT
    assert len(found["attested_by"]) == 7
    data_dir = tmp_path / "data"
    made = answer("snapshot", "restore", file, "--data-dir", str(data_dir), "--trusted-block", block_id)
    assert made["head_block_id"] == source.id_of(CHECKPOINT).hex()
    assert "\n[history]\n" in (data_dir / "config.toml").read_text()
    assert "\nenabled = false\n" in (data_dir / "config.toml").read_text()
    again = answer("snapshot", "create", str(tmp_path / "again"), "--data-dir", str(data_dir))
    assert again["state_root"] == found["state_root"]
    assert again["state_digest"] == made["state_digest"] == found["state_digest"]


def test_the_trusted_block_of_the_settings_counts(source, file, tmp_path, answer, monkeypatch):
    monkeypatch.setenv("SKALD_CHAIN_TRUSTED_BLOCK", source.id_of(HEAD).hex())
    assert answer("snapshot", "verify", file)["proven"] is True
    assert answer("snapshot", "restore", file, "--data-dir", str(tmp_path / "data"))["head"] == CHECKPOINT


def test_without_a_trusted_block_nothing_is_restored(file, tmp_path, skald, answer):
    found = answer("snapshot", "verify", file)
    assert found["proven"] is False
    assert f"from {CHECKPOINT} to {HEAD}" in found["proof"]
    result = skald("snapshot", "restore", file, "--data-dir", str(tmp_path / "data"), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"]["code"] == "snapshot_not_trusted"
    assert not (tmp_path / "data").exists()
    assert (
        answer("snapshot", "restore", file, "--data-dir", str(tmp_path / "data"), "--trust-file")["head"] == CHECKPOINT
    )


def test_what_a_snapshot_proves_can_be_read(source, file, skald):
    text = skald("snapshot", "verify", file).stdout
    for words in ("whole", "attested", "7 of those whom the file calls witnesses", "no: only the file says"):
        assert words in text
    assert (
        "yes: by keys that made blocks"
        in skald("snapshot", "verify", file, "--trusted-block", source.id_of(HEAD).hex()).stdout
    )


def test_a_stopped_directory_is_saved_and_restored(tmp_path, skald, answer):
    config = Config(data_dir=tmp_path / "data")
    forge = Forge()
    forge.grow(40)
    chain = open_chain(config, origin_of(config))
    for block in forge.chain.blocks(1, forge.chain.head_num):
        chain.push_block(block)
    make_final(chain, signing_keys(chain.origin))
    num = chain.head_num
    chain.close()
    made = answer("snapshot", "create", str(tmp_path / "file"), "--data-dir", str(tmp_path / "data"))
    assert (made["block"], made["attested"]) == (num, False)
    assert made["size_bytes"] == (tmp_path / "file").stat().st_size
    result = skald("snapshot", "create", str(tmp_path / "other"), "--data-dir", str(tmp_path / "data"))
    assert "No quorum of witnesses" in result.stderr
    restored = answer(
        "snapshot", "restore", str(tmp_path / "file"), "--data-dir", str(tmp_path / "two"), "--trust-file"
    )
    assert (restored["head"], restored["state_digest"]) == (num, made["state_digest"])


def test_invalid_snapshot_is_told_in_one_sentence(file, tmp_path, skald):
    damaged = tmp_path / "damaged"
    data = bytearray(Path(file).read_bytes())
    data[1_000] ^= 1
    damaged.write_bytes(data)
    result = skald("snapshot", "verify", str(damaged), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"]["code"] == "damaged_snapshot"


def test_invalid_target_is_told_before_anything_is_written(source, file, tmp_path, skald):
    for arguments, words in (
        (("create", file), "exists"),
        (("create", str(tmp_path / "new"), "--data-dir", str(tmp_path / "none")), "There is no chain in"),
        (("verify", file, "--trusted-block", "abc"), "is not 40 hex digits"),
        (("verify", file, "--chain-id", "00" * 32), "is a snapshot of the chain"),
    ):
        result = skald("snapshot", *arguments)
        assert result.exit_code in {1, 2}
        assert words in result.stderr
    skald("node", "init", "--data-dir", str(tmp_path / "data"))
    result = skald("snapshot", "restore", file, "--data-dir", str(tmp_path / "data"), "--trust-file")
    assert "asks for histories" in result.stderr
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["config.toml"]


def test_a_directory_without_histories_says_so_where_they_are_wanted(file, tmp_path, skald):
    data_dir = str(tmp_path / "data")
    skald("snapshot", "restore", file, "--data-dir", data_dir, "--trust-file")
    result = skald("node", "start", "--data-dir", data_dir, "--history-enabled", "--rpc-port", "0")
    assert result.exit_code == 1
    assert "was applied without history" in result.stderr
