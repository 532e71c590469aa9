"""A devnet's files and commands; the running node itself is tested with the node."""

import json
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from chain.keys import PrivateKey, public_key_text
from chain.presets import preset
from cli import devnet, paths
from cli.devnet_fixtures import choose_fixtures
from cli.devnet_identity import Identity
from cli.keyring import read_key_file
from cli.output import BadInput, Failure
from tests.cli.people import account_row, accounts_answer, write_keys


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "devnet"
    made.mkdir()
    devnet.write_key_files(made, preset("devnet"))
    return made


def test_every_account_of_a_person_has_all_four_keys_at_hand(folder):
    accounts = devnet.read_accounts(folder)
    assert {"alice", "bob", "carol", "initminer"} <= set(accounts)
    for roles in accounts.values():
        assert set(roles) == {"owner", "active", "posting", "memo"}
        for pair in roles.values():
            assert public_key_text(PrivateKey.parse(pair["private"]).public_key) == pair["public"]


def test_the_node_gets_the_signing_key_of_every_first_witness(folder):
    genesis = preset("devnet")
    lines = (folder / devnet.WITNESS_KEYS_NAME).read_text().splitlines()
    keys = {PrivateKey.parse(line.partition("#")[0]).public_key for line in lines}
    assert keys == {witness.signing_key for witness in genesis.witnesses}


def test_only_the_owner_may_read_keys(folder):
    for name in (paths.KEY_FILE_NAME, devnet.WITNESS_KEYS_NAME):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_keys_that_were_added_outlive_a_restart(folder):
    path = folder / paths.KEY_FILE_NAME
    content = json.loads(path.read_text())
    content["accounts"]["frank"] = content["accounts"]["alice"]
    path.write_text(json.dumps(content))
    devnet.write_key_files(folder, preset("devnet"))
    assert "frank" in devnet.read_accounts(folder)


def test_a_devnet_can_be_removed_and_nothing_else(folder, tmp_path):
    devnet.remove_devnet(folder)
    assert not folder.exists()
    precious = tmp_path / "precious"
    precious.mkdir()
    with pytest.raises(Failure, match="something else than a devnet"):
        devnet.remove_devnet(precious)
    assert precious.exists()


def test_keys_are_printed_for_people_and_programs(folder, answer, skald):
    keys = answer("devnet", "keys", "alice", "--data-dir", str(folder))
    assert list(keys) == ["alice"]
    assert keys["alice"]["posting"]["private"] in skald("devnet", "keys", "--data-dir", str(folder)).stdout


def test_invalid_devnet_folder(tmp_path, skald):
    result = skald("devnet", "keys", "--data-dir", str(tmp_path / "none"))
    assert "There is no devnet in" in result.stderr


def test_a_running_devnet_s_keys_are_found_without_naming_them(node, folder, answer):
    genesis_alice = devnet.read_accounts(folder)["alice"]
    posting = {"weight_threshold": 1, "account_auths": [], "key_auths": [[genesis_alice["posting"]["public"], 1]]}
    node.answers["condenser_api.get_accounts"] = accounts_answer(account_row("alice", posting=posting))
    paths.note_running_node(node.url, folder)
    assert answer("vote", "bob/hello", "--voter", "alice", node=node)["broadcast"]


def test_a_stopped_devnet_is_forgotten(folder):
    paths.note_running_node("http://127.0.0.1:8090", folder)
    assert paths.devnet_key_file("http://localhost:8090/") == folder / paths.KEY_FILE_NAME
    paths.note_running_node("http://127.0.0.1:8090", None)
    assert paths.devnet_key_file("http://127.0.0.1:8090") is None


def test_a_new_account_s_keys_join_those_of_the_running_devnet(node, folder, answer):
    alice = devnet.read_accounts(folder)["alice"]
    active = {"weight_threshold": 1, "account_auths": [], "key_auths": [[alice["active"]["public"], 1]]}
    node.answers["condenser_api.get_accounts"] = accounts_answer(account_row("alice", active=active))
    node.answers["condenser_api.get_chain_properties"] = {"account_creation_fee": "0.000 HIVE"}
    paths.note_running_node(node.url, folder)
    answer("account", "create", "frank", "--creator", "alice", node=node)
    assert {"alice", "frank"} <= set(devnet.read_accounts(folder))


def test_time_is_advanced_by_the_node_until_a_block_stands_behind_it(node, answer):
    node.answers["condenser_api.get_dynamic_global_properties"] = {"time": "2025-01-01T00:10:00"}
    node.answers["devnet_api.advance"] = {"head_time": "2025-01-08T00:10:03"}
    assert answer("devnet", "advance", "7d", node=node) == {
        "seconds": 604_800,
        "before": "2025-01-01T00:10:00",
        "now": "2025-01-08T00:10:03",
    }
    assert node.asked("devnet_api.advance") == [{"seconds": 604_800}]


def test_starting_prepares_the_folder_and_tells_where_it_answers(tmp_path, skald, monkeypatch):
    started = []

    def run_node(config, on_ready):
        started.append(config)
        on_ready("http://127.0.0.1:8123")
        assert paths.devnet_key_file("http://127.0.0.1:8123") is not None

    monkeypatch.setattr("cli.commands.devnet.run_node", run_node)
    arguments = ("--data-dir", str(tmp_path / "d"), "--rpc-port", "8123", "--chain-id", "ab" * 32, "--speed", "10")
    text = skald("devnet", *arguments).stdout
    assert "A chain of your own runs at http://127.0.0.1:8123" in text
    assert devnet.read_accounts(tmp_path / "d")["alice"]["posting"]["private"] in text
    (config,) = started
    assert (config.rpc_port, config.chain_id, config.clock_speed) == (8123, "ab" * 32, 10)
    assert "initminer" in config.witness_names
    assert paths.devnet_key_file("http://127.0.0.1:8123") is None


# --- a devnet that looks like Hive ---------------------------------------------------------------------------------------

HIVE_ID = "beeab0de" + "00" * 28


@pytest.fixture
def start(tmp_path, skald, monkeypatch):
    """`skald devnet …` in one folder, up to its announcement: the settings of the node, and what was printed."""
    started = []

    def run_node(config, on_ready):
        started.append(config)
        on_ready("http://127.0.0.1:8090")

    monkeypatch.setattr("cli.commands.devnet.run_node", run_node)

    def run(*arguments, data_dir=tmp_path / "hive"):
        started.clear()
        result = skald("devnet", "--data-dir", str(data_dir), *arguments)
        return (started[0] if started else None), result

    return run


def test_a_hive_compatible_devnet_has_an_id_of_its_own_that_it_keeps(start, tmp_path):
    first, result = start("--hive-compatible", "--json")
    announced = json.loads(result.stdout)
    assert first.chain_preset == "hive-devnet"
    assert len(first.chain_id) == 64
    assert announced["chain_id"] == first.chain_id
    assert announced["hive_compatible"] is True
    assert "valid" not in result.stderr
    assert set(announced["accounts"]["initminer"]) == {"owner", "active", "posting", "memo"}
    assert {pair["public"] for pair in announced["accounts"]["initminer"].values()} == {
        "STM6LLegbAgLAy28EHrffBVuANFWcFgmqRMW13wBmTExqFE9SCkg4"
    }
    again, _ = start()
    assert (again.chain_preset, again.chain_id) == (first.chain_preset, first.chain_id)
    anew, _ = start("--reset", "--hive-compatible")
    assert (anew.chain_preset, anew.chain_id) == (first.chain_preset, first.chain_id)
    other, _ = start("--hive-compatible", data_dir=tmp_path / "other")
    assert other.chain_id != first.chain_id


def test_each_kind_of_devnet_has_a_folder_of_its_own(skald, monkeypatch):
    folders = []
    monkeypatch.setattr("cli.commands.devnet.run_node", lambda config, _on_ready: folders.append(config.data_dir))
    for arguments in ((), ("--hive-compatible",)):
        result = skald("devnet", *arguments)
        assert f"`{' '.join(('skald', 'devnet', *arguments))}` goes on where it was." in result.stderr
    assert folders == [paths.home() / "devnet", paths.home() / "hive-devnet"]


@pytest.mark.parametrize(
    ("chain_id", "owner"),
    [
        (HIVE_ID, "Hive"),
        ("00" * 32, "Steem"),
        (preset("hived-testnet").params.chain_id.hex(), "the test networks of hived"),
    ],
)
def test_the_id_of_another_s_chain_is_taken_with_a_warning(start, chain_id, owner):
    config, result = start("--hive-compatible", "--chain-id", chain_id)
    assert config.chain_id == chain_id
    assert f"This chain id is that of {owner}: what is signed here is validly signed there too." in " ".join(
        result.stderr.split()
    )


def test_the_warning_comes_with_every_start(start):
    start("--hive-compatible", "--chain-id", HIVE_ID, "--json")
    _, result = start("--json")
    assert "This chain id is that of Hive" in result.stderr
    assert json.loads(result.stdout)["chain_id"] == HIVE_ID


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ((), ("--hive-compatible",), "is not Hive-compatible"),
        (("--hive-compatible", "--chain-id", HIVE_ID), ("--chain-id", "ab" * 32), f"has the chain id {HIVE_ID}"),
    ],
)
def test_invalid_another_devnet_is_there_already(start, tmp_path, first, second, reason):
    start(*first)
    config, result = start(*second)
    assert config is None
    assert result.exit_code == 1
    assert f"The devnet in {tmp_path / 'hive'} {reason}." in result.stderr
    config, _ = start(*second, "--reset")
    assert config is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"preset": "mainnet", "chain_id": ""}',
        '{"preset": "devnet"}',
        "5",
        '{"preset": "devnet", "chain_id": ""}',
    ],
)
def test_invalid_record_of_which_devnet_it_is(start, tmp_path, text):
    start("--hive-compatible")
    (tmp_path / "hive" / "devnet.json").write_text(text)
    config, result = start()
    assert config is None
    assert "devnet.json is damaged" in result.stderr


# --- fixtures ---------------------------------------------------------------------------------------------------------

FIXTURES = """
[[accounts]]
name = "nora"
[[posts]]
author = "nora"
title = "Hello"
body = "World."
tags = ["a"]
ago = "1h"
"""


@pytest.fixture
def story(tmp_path):
    path = tmp_path / "village.toml"
    path.write_text(FIXTURES)
    return path


def test_a_chain_begins_with_fixtures_once_and_their_keys_are_found(start, story, tmp_path):
    config, result = start("--hive-compatible", "--fixtures", str(story))
    assert config.chain_preset == "hive-devnet"
    assert "On it are 1 accounts, 0 communities, 1 posts and replies." in result.stderr
    assert devnet.read_accounts(tmp_path / "hive")["nora"]["posting"]["public"] == public_key_text(
        PrivateKey.from_login("nora", "posting", "skald-devnet").public_key
    )
    again, result = start("--fixtures", str(story))
    assert again.chain_id == config.chain_id
    assert "On it are" not in result.stderr
    assert start()[0] is not None


def test_invalid_fixtures_for_a_chain_that_began_without_them(start, story, tmp_path):
    from chain.leveldb import create_data_directory

    config, _ = start()
    create_data_directory(tmp_path / "hive", preset("devnet").params.chain_id)
    (tmp_path / "hive" / "state").mkdir(exist_ok=True)
    config, result = start("--fixtures", str(story))
    assert config is None
    assert f"The devnet in {tmp_path / 'hive'} began without these fixtures." in result.stderr


def test_invalid_fixtures_change_nothing(start, story, tmp_path):
    start("--hive-compatible")
    before = (tmp_path / "hive" / "devnet.json").read_text()
    story.write_text(FIXTURES.replace("1h", "soon"))
    config, result = start("--fixtures", str(story), "--reset", "--json")
    assert config is None
    error = json.loads(result.stderr)["error"]
    assert error["code"] == "invalid_fixtures"
    assert error["message"].startswith('village.toml.posts[0].ago: "soon" is no time')
    assert (tmp_path / "hive" / "devnet.json").read_text() == before


def test_a_chain_that_refuses_a_fixture_is_deleted_and_its_identity_kept(start, story, tmp_path):
    story.write_text(FIXTURES.replace("World.", ""))
    config, result = start("--hive-compatible", "--fixtures", str(story))
    assert config is None
    assert "village.toml.posts[0]: the chain refuses it" in result.stderr
    assert not (tmp_path / "hive" / "state").exists()
    kept = json.loads((tmp_path / "hive" / "devnet.json").read_text())
    assert kept["fixtures"] == ""
    story.write_text(FIXTURES)
    assert start("--fixtures", str(story))[0].chain_id == kept["chain_id"]


def test_invalid_fixture_file_is_missing(start, tmp_path):
    config, result = start("--fixtures", str(tmp_path / "none.toml"))
    assert config is None
    assert result.exit_code == 2
    assert "none.toml cannot be read: No such file or directory." in result.stderr


def test_the_built_in_fixtures_are_sound():
    chosen = choose_fixtures("demo", Identity("hive-devnet"))
    assert chosen.summary == "17 accounts, 4 communities, 68 posts and replies"


# --- key files --------------------------------------------------------------------------------------------------------


def test_a_key_file_may_be_plain_lines(tmp_path):
    key = PrivateKey.generate()
    assert read_key_file(write_keys(tmp_path / "keys", key)) == [key]


@pytest.mark.parametrize("text", ["", "# nothing", "hello", '{"accounts": 5}', "{"])
def test_invalid_key_file_is_never_repeated(tmp_path, text):
    path = Path(tmp_path / "keys")
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        read_key_file(path)
    assert "hello" not in caught.value.message


def test_invalid_key_file_is_missing(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read_key_file(tmp_path / "none")


# --- a devnet that runs, or cannot ---------------------------------------------------------------------------------------


@contextmanager
def locked_by_another_process(folder):
    """As a node holds its database: the lock is a process's, so this one cannot take it for its own test."""
    (folder / "state").mkdir(exist_ok=True)
    program = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print('locked', flush=True); input()"
    arguments = [sys.executable, "-c", program, str(folder / "state" / "LOCK")]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        yield
        holder.communicate(b"\n")


@pytest.mark.parametrize("more", [(), ("--reset",)])
def test_a_devnet_that_runs_is_neither_started_twice_nor_deleted(folder, skald, more):
    (folder / "running.json").write_text('{"pid": 1, "url": "http://127.0.0.1:8123"}')
    with locked_by_another_process(folder):
        result = skald("devnet", "--data-dir", str(folder), *more)
    assert result.exit_code == 1
    assert f"The devnet in {folder} runs already at http://127.0.0.1:8123." in result.stderr
    assert devnet.read_accounts(folder)
    assert not devnet.is_in_use(folder)


def test_a_reset_leaves_what_is_not_the_devnet_s(folder):
    (folder / "state").mkdir()
    (folder / "state" / "CURRENT").write_text("x")
    (folder / "novel.txt").write_text("Chapter one")
    devnet.remove_devnet(folder)
    assert [path.name for path in folder.iterdir()] == ["novel.txt"]


def test_a_devnet_of_an_older_preset_is_begun_anew_by_reset(folder, tmp_path, skald):
    from chain.leveldb import create_data_directory

    create_data_directory(folder, bytes.fromhex("ab" * 32))
    result = skald("devnet", "--data-dir", str(folder), "--rpc-port", "0")
    assert result.exit_code == 1
    assert "of another version" in result.stderr
    assert f"`skald devnet --data-dir {folder} --reset` begins anew" in result.stderr


def test_a_damaged_devnet_is_begun_anew_by_reset(folder, skald):
    from chain.leveldb import create_data_directory

    create_data_directory(folder, preset("devnet").params.chain_id)
    (folder / "FORMAT").write_text("nonsense")
    result = skald("devnet", "--data-dir", str(folder), "--rpc-port", "0", "--json")
    assert result.exit_code == 20
    error = json.loads(result.stderr)["error"]
    assert error["code"] == "damaged_directory"
    assert "--reset" in error["advice"]


def test_another_port_is_told_to_the_other_terminal(folder, skald, monkeypatch):
    monkeypatch.setattr("cli.commands.devnet.run_node", lambda _config, on_ready: on_ready("http://127.0.0.1:8123"))
    result = skald("devnet", "--data-dir", str(folder), "--rpc-port", "8123")
    assert "In another terminal:  export SKALD_NODE=http://127.0.0.1:8123" in result.stdout
    assert f"`skald devnet --data-dir {folder}` goes on where it was." in result.stderr
    monkeypatch.setattr("cli.commands.devnet.run_node", lambda _config, on_ready: on_ready("http://127.0.0.1:8090"))
    assert "SKALD_NODE" not in skald("devnet", "--data-dir", str(folder)).stdout


def test_keys_are_those_of_the_devnet_that_runs(folder, answer, node):
    paths.note_running_node(node.url, folder)
    assert list(answer("devnet", "keys", "bob", node=node)) == ["bob"]


@pytest.mark.parametrize("url", ["127.0.0.1:8090", "localhost:8090", "http://localhost:8090/"])
def test_a_devnet_is_known_by_every_way_to_write_its_address(folder, url):
    paths.note_running_node("http://127.0.0.1:8090", folder)
    assert paths.devnet_key_file(url) == folder / paths.KEY_FILE_NAME
    assert "alice" in paths.devnet_accounts(url)


def test_invalid_advance_of_a_node_without_a_time_of_its_own(node, skald):
    result = skald("devnet", "advance", "1d", node=node)
    assert result.exit_code == 1
    assert "not yours to turn" in result.stderr


def test_time_that_passed_is_a_sentence(node, skald):
    node.answers["condenser_api.get_dynamic_global_properties"] = {"time": "2025-01-01T00:10:00"}
    node.answers["devnet_api.advance"] = {"head_time": "2025-01-08T00:10:03"}
    assert (
        "7 d 3 s passed  on the chain it is 2025-01-08T00:10:03" in skald("devnet", "advance", "7d", node=node).stdout
    )
