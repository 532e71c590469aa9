"""Opening what a node keeps on disk, and refusing what is not fit."""

import json
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from chain.directory import (
    FORMAT_VERSION,
    DamagedDirectory,
    DirectoryInUse,
    LostBlocks,
    LostFinality,
    WrongChain,
    WrongFormat,
    unchanged_if_refused,
)
from chain.errors import StorageError
from chain.keys import PrivateKey
from chain.leveldb import LevelDbBackend, create_data_directory
from chain.presets import genesis_file, preset
from node.config import Config
from node.data_directory import (
    UnreadableGenesis,
    is_play_chain,
    open_chain,
    origin_of,
    witness_keys,
)
from node.key_files import UnsafeKeyFile
from tests.helpers.play import Play

CHAIN_ID = "ab" * 32


def opened(config: Config) -> tuple[int, bytes]:
    chain = open_chain(config, origin_of(config))
    try:
        return chain.head_num, chain.digest
    finally:
        chain.close()


def test_a_first_start_makes_the_chain_and_a_second_finds_it(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path / "node")
    assert opened(config) == opened(config) == (0, Play().chain.digest)


def test_a_chain_of_ones_own_id(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path, chain_id=CHAIN_ID)
    assert origin_of(config).params.chain_id.hex() == CHAIN_ID
    opened(config)
    with pytest.raises(WrongChain):
        opened(Config(data_dir=tmp_path))


def test_a_genesis_file_of_ones_own(tmp_path: Path) -> None:
    entry = json.loads(genesis_file())["chains"]["devnet"]
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"format": 1, "chains": {"mine": entry}}))
    origin = origin_of(Config(chain_genesis_file=path))
    assert origin.params.name == "mine"
    assert origin.params.chain_id == preset("devnet").params.chain_id  # the same content


def test_invalid_genesis_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableGenesis):
        origin_of(Config(chain_genesis_file=tmp_path / "missing.json"))


def test_only_chains_with_public_keys_are_for_play() -> None:
    assert {name: is_play_chain(preset(name)) for name in ("devnet", "mainnet", "hived-testnet")} == {
        "devnet": True,
        "mainnet": False,
        "hived-testnet": False,
    }


def test_invalid_database_older_than_its_mark(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path)
    opened(config)
    chain = open_chain(config, origin_of(config))
    assert chain.mark is not None
    chain.mark.set_mark(5, bytes(20))
    chain.close()
    before = sorted((path.name, path.stat().st_size) for path in (tmp_path / "state").glob("*.ldb"))
    with pytest.raises(LostBlocks):
        opened(config)
    assert sorted((path.name, path.stat().st_size) for path in (tmp_path / "state").glob("*.ldb")) == before


def files_of(folder: Path) -> dict[str, bytes]:
    """All but LevelDB's diary."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith("LO")}


def test_who_is_refused_finds_every_file_of_the_database_as_it_was(tmp_path: Path) -> None:
    """LevelDB alone would have put the log into a table, and begun a new list of files."""
    config = Config(data_dir=tmp_path)
    opened(config)
    before = files_of(tmp_path / "state")
    (tmp_path / "HEAD").unlink()
    with pytest.raises(StorageError):
        opened(config)
    assert files_of(tmp_path / "state") == before
    assert {path.name for path in tmp_path.iterdir()} == {"FORMAT", "state"}


def test_what_a_process_left_that_was_killed_while_it_put_files_back(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path)
    found = opened(config)
    (tmp_path / "state").rename(tmp_path / "state.before")
    (tmp_path / "state.refused").mkdir()
    assert opened(config) == found
    assert {path.name for path in tmp_path.iterdir()} == {"FORMAT", "HEAD", "state"}


def test_invalid_database_without_the_final_block_of_its_mark(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path)
    opened(config)
    chain = open_chain(config, origin_of(config))
    assert chain.mark is not None
    chain.mark.set_mark(0, bytes(20))
    chain.mark.set_final_mark(5, bytes(20))
    chain.close()
    with pytest.raises(LostFinality):
        opened(config)


def test_invalid_log_that_the_list_of_files_names_is_missing(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path)
    opened(config)
    chain = open_chain(config, origin_of(config))
    chain.close()
    (log,) = (tmp_path / "state").glob("*.log")
    log.unlink()
    with pytest.raises(DamagedDirectory, match=log.name):
        opened(config)


def test_two_do_not_open_a_directory_at_once(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path)
    opened(config)
    with unchanged_if_refused(tmp_path), pytest.raises(DirectoryInUse):
        opened(config)


@pytest.mark.parametrize("name", ["FORMAT", "HEAD", "state/CURRENT"])
def test_invalid_missing_file(tmp_path: Path, name: str) -> None:
    config = Config(data_dir=tmp_path)
    opened(config)
    (tmp_path / name).unlink()
    with pytest.raises(StorageError):
        opened(config)


def test_invalid_format_of_another_version(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path)
    opened(config)
    line = (tmp_path / "FORMAT").read_text().splitlines()[0].replace(f"format {FORMAT_VERSION} ", "format 99 ") + "\n"
    (tmp_path / "FORMAT").write_text(line + sha256(line.encode()).hexdigest() + "\n")
    with pytest.raises(WrongFormat, match="format 99"):
        opened(config)


def test_commits_are_timed(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path)
    seconds: list[float] = []
    open_chain(config, origin_of(config), on_write=seconds.append).close()
    assert len(seconds) == 1  # the state before the first block
    assert seconds[0] > 0


# --- witnesses


def key_file(path: Path, *lines: str) -> Config:
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)
    return Config(witness_keys_file=path)


def test_keys_by_public_key(tmp_path: Path) -> None:
    keys = [PrivateKey.from_seed("one"), PrivateKey.generate()]
    config = key_file(tmp_path / "keys", f"{keys[0].text}  # one", "", "# nothing", keys[1].text)
    assert witness_keys(config) == {key.public_key: key for key in keys}
    assert witness_keys(Config()) == {}


def test_invalid_key_is_not_repeated(tmp_path: Path) -> None:
    config = key_file(tmp_path / "keys", PrivateKey.from_seed("one").text, "my secret")
    with pytest.raises(UnsafeKeyFile, match="key 2 of it") as refused:
        witness_keys(config)
    assert "secret" not in str(refused.value)


def test_invalid_key_file_that_others_may_read(tmp_path: Path) -> None:
    config = key_file(tmp_path / "keys", PrivateKey.from_seed("one").text)
    (tmp_path / "keys").chmod(0o640)
    with pytest.raises(UnsafeKeyFile, match="chmod 600"):
        witness_keys(config)


def test_settings_reach_the_chain(tmp_path: Path) -> None:
    config = replace(Config(data_dir=tmp_path), history_enabled=False)
    chain = open_chain(config, origin_of(config))
    assert not chain.history.enabled
    chain.close()


@pytest.mark.parametrize(
    "step", ["chain.leveldb.shutil.rmtree", "plyvel.DB", "chain.leveldb.write_mark", "pathlib.Path.replace"]
)
def test_a_first_start_killed_at_any_step_is_done_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class KilledError(Exception):
        pass

    def killed(*_arguments: object, **_options: object) -> None:
        raise KilledError

    config = Config(data_dir=tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(step, killed)
        with pytest.raises(KilledError):
            opened(config)
    assert opened(config) == opened(config) == (0, Play().chain.digest)


def test_a_directory_that_was_filled_is_opened_without_reading_a_long_log(tmp_path: Path) -> None:
    """What an import writes stays in a large buffer: closing it writes tables, or the next start would have it all to read."""
    chain_id = preset("devnet").params.chain_id
    create_data_directory(tmp_path, chain_id)
    pairs = {number.to_bytes(4, "big"): bytes(1_000) for number in range(1_000)}
    for is_filled in (True, False):
        with closing(LevelDbBackend(tmp_path, chain_id, is_filled=is_filled)) as backend:
            if is_filled:
                backend.write(pairs.items(), sync=True)
            else:
                assert dict(backend.scan(b"\x00\x00", b"\xff")) == pairs
        assert sum(log.stat().st_size for log in tmp_path.glob("state/*.log")) < 1_000
