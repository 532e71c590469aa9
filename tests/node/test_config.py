"""Settings: one declaration each, and nothing that is not understood gets through."""

import random
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from node.config import SETTINGS, Config, docs_table, load, template
from node.key_files import UnsafeKeyFile, read_key_lines
from node.settings import ConfigError, KeyInConfig, UnknownSetting, UnreadableConfig, WrongSetting

WIF = "5JNHfZYKGaomSFvd4NUdQ9qMcEAC43kujbfjueTHpVapX1Kzq2n"  # hived's published key of initminer
SEED = 11


def load_file(tmp_path: Path, text: str, environment: dict[str, str] | None = None, **flags: Any) -> Config:
    (tmp_path / "config.toml").write_text(text)
    return load({"data_dir": tmp_path, **flags}, environment or {})


def test_defaults_listen_on_this_machine_only(tmp_path: Path) -> None:
    config = load({"data_dir": tmp_path}, {})
    assert (config.rpc_host, config.rpc_port) == ("127.0.0.1", 8090)
    assert config.witness_names == ()
    assert config.file == tmp_path / "config.toml"


def test_a_flag_wins_over_environment_over_file_over_default(tmp_path: Path) -> None:
    text = '[rpc]\nport = 1\nbatch_calls_max = 11\nhost = "::1"\n'
    config = load_file(tmp_path, text, {"SKALD_RPC_PORT": "2", "SKALD_RPC_BATCH_CALLS_MAX": "12"}, rpc_port=3)
    assert (config.rpc_port, config.rpc_batch_calls_max, config.rpc_host, config.rpc_depth_max) == (3, 12, "::1", 32)


def test_the_data_directory_may_come_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[rpc]\nport = 5\n")
    assert load({}, {"SKALD_DATA_DIR": str(tmp_path)}).rpc_port == 5


def test_reads_texts_of_every_type(tmp_path: Path) -> None:
    environment = {
        "SKALD_HISTORY_ENABLED": "off",
        "SKALD_WITNESS_NAMES": "alice, bob carol",
        "SKALD_WITNESS_KEYS_FILE": "/keys",
        "SKALD_LOG_LEVEL": "debug",
        "SKALD_STORE_CACHED_ROWS_MAX": "10_000",
        "SKALD_CHAIN_GENESIS_FILE": "",
        "SKALD_VERIFY_WORKERS": "",
    }
    config = load({"data_dir": tmp_path}, environment)
    assert config.history_enabled is False
    assert config.witness_names == ("alice", "bob", "carol")
    assert config.witness_keys_file == Path("/keys")
    assert config.log_level == "debug"
    assert config.store_cached_rows_max == 10_000
    assert config.chain_genesis_file is None
    assert config.verify_workers is None
    assert load({}, {"SKALD_VERIFY_WORKERS": "0"}).verify_workers == 0


def test_the_template_says_nothing_but_the_defaults(tmp_path: Path) -> None:
    assert load_file(tmp_path, template()) == load({"data_dir": tmp_path}, {})
    text = template().replace("\n# Settings", "\n## Settings")
    lines = [
        line.removeprefix("# ") if " = " in line and not line.endswith(")") else line for line in text.splitlines()
    ]
    assert load_file(tmp_path, "\n".join(lines)) == load({"data_dir": tmp_path}, {})


def test_the_template_sets_what_it_is_given(tmp_path: Path) -> None:
    values = {
        "rpc_port": 9000,
        "witness_names": ("initminer",),
        "witness_keys_file": Path('/a"b\\c'),
        "chain_id": "ab" * 32,
    }
    config = load_file(tmp_path, template(values))
    assert {name: getattr(config, name) for name in values} == values


def test_every_setting_is_in_the_docs_and_explained() -> None:
    table = docs_table()
    assert [declared.name for declared in SETTINGS] == [declared.name for declared in fields(Config)]
    for declared in SETTINGS:
        assert f"`{declared.key}`" in table
        assert declared.help.endswith(".")
        assert declared.type is not int or (declared.least is not None and declared.most is not None)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("[rpc]\nprot = 1\n", "did you mean rpc.port?"),
        ("[rcp]\nport = 1\n", "did you mean rpc.port?"),
        ("[zzz]\nqqq = 1\n", "sections are chain, rpc"),
        ("port = 1\n", "there is no setting port"),
        ("[[rpc]]\nport = 1\n", "there is no setting rpc"),
    ],
)
def test_invalid_unknown_setting(tmp_path: Path, text: str, advice: str) -> None:
    with pytest.raises(UnknownSetting, match=advice.replace("?", r"\?")):
        load_file(tmp_path, text)


def test_invalid_unknown_environment_variable_only_where_it_is_a_typo(tmp_path: Path) -> None:
    with pytest.raises(UnknownSetting, match="did you mean SKALD_RPC_PORT"):
        load({"data_dir": tmp_path}, {"SKALD_RPC_PROT": "1"})
    load({"data_dir": tmp_path}, {"SKALD_WALLET_FILE": "x", "OTHER_RPC_PORT": "y"})


@pytest.mark.parametrize(
    "line",
    [
        'rpc.port = "8090"', "rpc.port = 65536", "rpc.port = -1", "rpc.port = 80.0", "rpc.port = true", "rpc.host = 1",
        "rpc.enabled = 1", 'log.level = "loud"', 'witness.names = "alice"', "witness.names = [1]", 'chain.preset = "nope"',
        "chain.genesis_file = 1", 'chain.id = "xyz"', 'witness.names = ["alice"]', "rpc.port = 2026-01-01",
        "verify.workers = 9", 'verify.workers = "two"',
    ],
)  # fmt: skip
def test_invalid_value_is_refused_by_name(tmp_path: Path, line: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        load_file(tmp_path, line + "\n")
    assert refused.value.data["name"].split(".")[0] == line.split(".", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("name", "value"), [("SKALD_RPC_PORT", "9" * 40), ("SKALD_RPC_PORT", ""), ("SKALD_RPC_ENABLED", "2")]
)
def test_invalid_environment_value(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=f"environment variable {name}"):
        load({"data_dir": tmp_path}, {name: value})


def test_invalid_speed_on_mainnet(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="must be 1 on the mainnet preset"):
        load({"data_dir": tmp_path, "chain_preset": "mainnet", "clock_speed": "10"}, {})


@pytest.mark.parametrize("name", ["rpc_trusted_proxies", "rpc_unlimited_addresses"])
def test_invalid_address(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongSetting, match=r"holds '10\.0\.0', no address or network"):
        load({"data_dir": tmp_path, name: ("10.0.0.0/8", "10.0.0")}, {})


@pytest.mark.parametrize("text", ["[rpc", "\x00", "a" * 100, "[rpc]\nport = 1\nport = 2\n"])
def test_invalid_toml(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableConfig):
        load_file(tmp_path, text)


def test_invalid_bytes_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableConfig):
        load({"data_dir": tmp_path}, {})


@pytest.mark.parametrize("line", [f'witness.names = ["{WIF}"]', f'witness.keys_file = "{WIF}"', f'rpc.host = "{WIF}"'])
def test_invalid_key_in_config_is_not_repeated(tmp_path: Path, line: str) -> None:
    with pytest.raises(KeyInConfig) as refused:
        load_file(tmp_path, line)
    assert WIF not in str(refused.value)


def test_any_bad_file_is_refused_with_a_typed_error(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    lines = template().splitlines()
    values = ["1", "-1", "true", '""', '"x"', "[]", "[1]", "{}", "1.5", "1979-05-27", "inf", '"\\u0000"']
    refused_count = 0
    for _ in range(300):
        settable = [
            line.removeprefix("# ") for line in lines if line.startswith("[") or (" = " in line and line[-1] != ")")
        ]
        at = rng.randrange(len(settable))
        settable[at] = f"{settable[at].split(' ')[0]} = {rng.choice(values)}"
        try:
            load_file(tmp_path, "\n".join(settable))
        except ConfigError:
            refused_count += 1
    assert refused_count > 200


def test_the_template_is_toml() -> None:
    assert set(tomllib.loads(template())) == {
        "chain",
        "rpc",
        "operator",
        "witness",
        "p2p",
        "history",
        "store",
        "verify",
        "clock",
        "log",
    }


def test_reads_a_file_of_keys_that_only_its_owner_may_read(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# initminer\n{WIF}  # devnet\n\n")
    path.chmod(0o600)
    assert read_key_lines(path) == [WIF]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_invalid_key_file_that_others_may_read(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys"
    path.write_text(WIF)
    path.chmod(mode)
    with pytest.raises(UnsafeKeyFile, match="chmod 600") as refused:
        read_key_lines(path)
    assert WIF not in str(refused.value)


def test_invalid_key_file_missing_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnsafeKeyFile, match="No such file"):
        read_key_lines(tmp_path / "none")
    with pytest.raises(UnsafeKeyFile, match="is not a file"):
        read_key_lines(tmp_path)
