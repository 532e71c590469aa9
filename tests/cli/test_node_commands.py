"""`skald node`: the configuration file it writes, and how it shows a running node."""

import pytest

from tests.cli.fake_node import FakeNode


def test_init_writes_a_file_that_explains_every_setting(tmp_path, answer):
    result = answer("node", "init", "--data-dir", str(tmp_path / "n"), "--rpc-port", "8123", "--chain-preset", "devnet")
    text = (tmp_path / "n" / "config.toml").read_text()
    assert result["config_file"] == str(tmp_path / "n" / "config.toml")
    assert "\nport = 8_123\n" in text
    assert "\n# speed = 1\n" in text


def test_invalid_init_over_an_existing_file(tmp_path, skald):
    skald("node", "init", "--data-dir", str(tmp_path))
    result = skald("node", "init", "--data-dir", str(tmp_path))
    assert result.exit_code == 1
    assert "config.toml exists." in result.stderr


@pytest.mark.parametrize("arguments", [("--rpc-port", "99999"), ("--chain-preset", "moon"), ("--clock-speed", "fast")])
def test_invalid_setting_is_named(tmp_path, skald, arguments):
    result = skald("node", "init", "--data-dir", str(tmp_path), *arguments)
    assert result.exit_code == 2
    assert f"Flag {arguments[0]}" in result.stderr


def test_start_runs_a_node_with_flags_over_the_file(tmp_path, skald, monkeypatch):
    started = []
    monkeypatch.setattr("cli.commands.node.run_node", lambda config, on_ready: started.append(config))
    skald("node", "init", "--data-dir", str(tmp_path), "--rpc-port", "8123", "--log-level", "error")
    assert skald("node", "start", "--data-dir", str(tmp_path), "--rpc-port", "8124").exit_code == 0
    assert (started[0].rpc_port, started[0].log_level) == (8124, "error")


def test_status_shows_head_version_and_health(node: FakeNode, skald, answer):
    node.answers["condenser_api.get_version"] = {"blockchain_version": "1.28.7", "chain_id": "ab" * 32}
    text = skald("node", "status", node=node).stdout
    assert "123 at 2025-01-01T00:10:00" in text
    assert "1.28.7" in text
    assert answer("node", "status", node=node)["health"] is None  # this one has no such page


def test_status_shows_the_rules_in_force_and_those_to_come(node: FakeNode, skald, answer):
    node.answers["condenser_api.get_version"] = {"blockchain_version": "1.28.7", "chain_id": "ab" * 32}
    planned = {"hf_version": "1.28.0", "live_time": "2025-11-19T13:00:00"}
    node.answers |= {
        "condenser_api.get_hardfork_version": "1.27.0",
        "condenser_api.get_next_scheduled_hardfork": planned,
    }
    assert "1.27.0  1.28.0 from 2025-11-19T13:00:00 on" in skald("node", "status", node=node).stdout
    node.answers["condenser_api.get_next_scheduled_hardfork"] = planned | {"hf_version": "0.0.0"}
    assert "from 2025" not in skald("node", "status", node=node).stdout
    assert answer("node", "status", node=node)["rules"]["version"] == "1.27.0"


def test_invalid_settings_are_told_in_one_sentence(skald):
    result = skald("node", "start", "--rpc-port", "99999")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: Flag --rpc-port: rpc.port must be 0 to 65535, not 99999.\n")


def test_invalid_directory_in_use_is_told_in_one_sentence(skald, tmp_path, monkeypatch):
    from node.config import Config
    from node.data_directory import open_chain, origin_of

    monkeypatch.setattr("node.logs.set_up", lambda *_settings: None)  # this process has its own log
    config = Config(data_dir=tmp_path)
    chain = open_chain(config, origin_of(config))
    try:
        result = skald("node", "start", "--data-dir", str(tmp_path), "--rpc-port", "0")
    finally:
        chain.close()
    assert result.exit_code == 1
    assert "is in use by another process" in result.stderr


def test_init_tells_how_to_start_what_it_made(tmp_path, answer):
    assert answer("node", "init", "--data-dir", str(tmp_path))["next"] == f"skald node start --data-dir {tmp_path}"


@pytest.mark.parametrize(("healthy", "status"), [(True, 0), (False, 1)])
def test_status_tells_a_monitor_whether_the_node_is_well(node: FakeNode, skald, monkeypatch, healthy, status):
    health = {"healthy": healthy, "reason": "" if healthy else "the head block is 114 s old", "head_age_seconds": 114.2}
    monkeypatch.setattr(
        "cli.client.Client.get", lambda _client, _path: health | {"producing": True, "version": "0.1.0"}
    )
    node.answers["condenser_api.get_version"] = {"blockchain_version": "1.28.7", "chain_id": "ab" * 32}
    result = skald("node", "status", node=node)
    assert result.exit_code == status
    assert "(114 s ago)" in result.stdout
    assert "1.28.7, Skald 0.1.0" in result.stdout
    assert ("not healthy: the head block is 114 s old" in result.stdout) is not healthy
