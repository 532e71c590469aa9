"""The command as a whole: help, version, completion, and the habits every command has."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from chain.compiled import SOFTWARE
from chain.presets import preset
from cli.main import PLACES
from cli.main import skald as group
from cli.output import Failure, answers, bar, percent

ROOT = Path(__file__).parents[2]
PRINTS_NO_ANSWER = {"completion", "node start", "keys generate"}


def walk(command, path=()):
    """Every command with its path, groups left out."""
    context = click.Context(command, info_name=" ".join(path))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            yield from walk(found, (*path, name))
    else:
        yield " ".join(path), command


LEAVES = dict(walk(group))


def test_version(skald):
    assert skald("--version").stdout == f"skald {SOFTWARE}\n"


def test_help_lists_every_command(skald):
    text = skald("--help").stdout
    assert all(f"  {name} " in text for name in group.list_commands(click.Context(group)))


@pytest.mark.parametrize("name", [name for name in LEAVES if not name.startswith("tx build")])
def test_every_command_explains_itself_and_its_options(name):
    command = LEAVES[name]
    assert command.help
    summary = command.help.split("\n\n")[0].strip()
    assert len(" ".join(summary.split())) <= 100
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("name", [name for name in LEAVES if name not in PRINTS_NO_ANSWER])
def test_every_command_prints_json_on_demand(name):
    assert "--json" in {flag for parameter in LEAVES[name].params for flag in parameter.opts}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_shell_s_script(shell, skald):
    assert "_SKALD_COMPLETE" in skald("completion", shell).stdout


def test_invalid_command_names_help(skald):
    result = skald("fly")
    assert result.exit_code == 2
    assert "No such command 'fly'" in result.stderr


def test_no_node_is_told_with_the_way_to_one(skald):
    result = skald("show", "globals", "--node", "http://127.0.0.1:1")
    assert result.exit_code == 3
    assert "No node answers at http://127.0.0.1:1" in result.stderr
    assert "skald devnet" in result.stderr


# --- answers ----------------------------------------------------------------------------------------------------------


def run(command, *arguments):
    from click.testing import CliRunner

    return CliRunner().invoke(command, list(arguments))


def test_an_answer_without_a_view_is_a_list_of_names_and_values():
    command = click.command()(answers()(lambda: {"head_block": 7, "who": "[alice]"}))
    assert "head block  7" in run(command).stdout
    assert "[alice]" in run(command).stdout
    assert json.loads(run(command, "--json").stdout) == {"head_block": 7, "who": "[alice]"}


def test_an_answer_may_decide_the_exit_code():
    command = click.command()(answers(exit_code=lambda answer: 1 if answer["bad"] else 0)(lambda: {"bad": 2}))
    assert run(command).exit_code == 1
    assert json.loads(run(command, "--json").stdout) == {"bad": 2}


def test_a_failure_says_what_to_do_next():
    def fail():
        raise Failure("The [door] is shut.", "Knock.")

    result = run(click.command()(answers()(fail)))
    assert result.exit_code == 1
    assert result.stderr == "Error: The [door] is shut.\n  Knock.\n"


def test_bars_and_shares_are_of_integers():
    assert bar(1, 2, 4) == "██"
    assert bar(1, 1_000_000, 4) == "▏"
    assert bar(0, 0) == ""
    assert percent(1, 3) == "33.33 %"
    assert percent(1, 0) == "–"


# --- help and completion --------------------------------------------------------------------------------------------------


def test_the_first_screen_says_of_each_command_what_its_own_help_says():
    for name, place in PLACES.items():
        command = group.get_command(click.Context(group), name)
        assert place.summary == command.help.split("\n\n")[0].replace("\n", " ").strip(), name


def test_the_first_screen_imports_no_command():
    program = "import sys; from cli.main import skald; skald(['--help'], standalone_mode=False); print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT, env=os.environ
    )
    imported = ended.stdout.splitlines()[-1].split()
    assert "cli.main" in imported
    assert not {"rich", "chain.operations", "cli.commands.content"} & set(imported)


def complete(words, incomplete=""):
    """What the tab key offers, by click's protocol for bash."""
    args = ["skald", *words, incomplete]
    environment = {
        "_SKALD_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(args),
        "COMP_CWORD": str(len(args) - 1),
    }
    result = CliRunner().invoke(group, [], prog_name="skald", env=environment)
    return [line.partition(",")[2] for line in result.stdout.splitlines() if line]


def test_the_tab_key_completes_commands_options_and_choices():
    assert complete([], "po") == ["post", "power-up", "power-down"]
    assert complete(["witness"], "pro") == ["proxy"]
    assert complete(["tx", "build"], "vo") == ["vote"]
    assert {"--voter", "--weight", "--json"} <= set(complete(["vote", "alice/hello"], "--"))
    assert complete(["keys", "generate", "--scheme"], "sec") == ["secp256k1"]
    assert complete(["tx", "build", "vote"], "--perm") == ["--permlink"]
    assert complete([], "--ver") == ["--version"]
    assert complete(["account", "history", "bob", "--operation"], "producer_r") == ["producer_reward"]


def test_the_tab_key_completes_the_accounts_of_one_s_devnet(tmp_path):
    from cli import devnet, paths

    devnet.write_key_files(tmp_path / "devnet", preset("devnet"))
    paths.note_running_node("http://127.0.0.1:8090", tmp_path / "devnet")
    assert complete(["vote", "alice/hello", "--voter"], "ca") == ["carol"]
    assert complete(["account", "show"], "al") == ["alice"]
    paths.note_running_node("http://127.0.0.1:8090", None)
    assert complete(["account", "show"], "al") == []


def test_the_tab_key_never_fails():
    assert complete(["nothing"], "x") == []
    assert complete(["vote", "--weight", "abc"], "--vo") == ["--voter"]
