"""A devnet's blocks leave it as hived's log, pass every check, and make an equal chain in another directory."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.functional.node_process import NodeProcess
from tests.functional.walkthrough import Shell

pytestmark = pytest.mark.functional

FAULTS = ("bad_links", "bad_ids", "bad_merkle_roots", "bad_signatures", "bad_roundtrips")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A terminal in a folder with a devnet that has run for a while, seen a post, a vote and a payout, and was stopped."""
    folder = tmp_path_factory.mktemp("blocklog")
    node = NodeProcess(folder / "devnet", speed=30)
    node.start()
    shell = Shell(folder / "home", f"http://127.0.0.1:{node.port}")
    try:
        shell.run('skald post --author alice --title "Hello" --body "A first post."')
        shell.run("skald vote alice/hello --voter bob --weight -12.5%")
        shell.run('skald transfer "1.000 HIVE" bob --from alice --memo "#for you"')
        shell.run("skald devnet advance 2m")
        node.ask("devnet_api.produce", {"count": 30})
    finally:
        assert node.stop() == 0
    return shell


def run(shell: Shell, line: str) -> Any:
    return json.loads(shell.run(f"cd {shell.home.parent} && {line} --json"))


@pytest.fixture(scope="module")
def exported(shell: Shell) -> Any:
    return run(shell, "skald blocklog export blocks.log --data-dir devnet")


def test_the_exported_log_passes_every_check(shell: Shell, exported: Any) -> None:
    found = run(shell, "skald blocklog verify blocks.log")
    assert found["blocks"] == exported["blocks"] > 30
    assert {fault: found[fault] for fault in FAULTS} == dict.fromkeys(FAULTS, 0)
    assert found["operations"] == {"comment": 1, "vote": 1, "transfer": 1}


def test_the_log_makes_an_equal_chain_in_another_directory(shell: Shell, exported: Any) -> None:
    imported = run(shell, "skald blocklog import blocks.log --data-dir another")
    assert imported["blocks"] == imported["head"] == exported["blocks"]
    assert imported["head_block_id"] == exported["head_block_id"]
    assert imported["state_digest"] == exported["state_digest"]
    assert run(shell, "skald blocklog import blocks.log --data-dir another")["blocks"] == 0


def test_a_compressed_log_is_smaller_and_says_the_same(shell: Shell, exported: Any) -> None:
    run(shell, "skald blocklog export blocks.zst --compressed --data-dir devnet")
    folder = shell.home.parent
    assert (folder / "blocks.zst").stat().st_size < (folder / "blocks.log").stat().st_size
    assert run(shell, "skald blocklog verify blocks.zst") == run(shell, "skald blocklog verify blocks.log")
    assert run(shell, "skald blocklog import blocks.zst --data-dir third")["state_digest"] == exported["state_digest"]


def test_a_damaged_log_is_found_out(shell: Shell, exported: Any) -> None:
    folder: Path = shell.home.parent
    whole = (folder / "blocks.log").read_bytes()
    (folder / "flipped.log").write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
    (folder / "cut.log").write_bytes(whole[:-20])
    flipped = json.loads(shell.run(f"skald blocklog verify {folder / 'flipped.log'} --json; test $? = 1"))
    assert sum(flipped[fault] for fault in FAULTS) > 0
    assert flipped["first_bad"]["block"] <= exported["blocks"]
    assert shell.run(f"skald blocklog verify {folder / 'cut.log'}; test $? = 1") == ""


def test_export_neither_overwrites_nor_invents(shell: Shell, exported: Any) -> None:
    assert exported["blocks"]
    folder = shell.home.parent
    shell.run(f"cd {folder} && skald blocklog export blocks.log --data-dir devnet; test $? = 1")
    shell.run(f"cd {folder} && skald blocklog export none.log --data-dir nothing; test $? = 1")
    assert not (folder / "nothing").exists()
    assert not (folder / "none.log").exists()
