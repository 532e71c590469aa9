"""Whatever goes wrong becomes one sentence, what to do next, and an exit status; nobody is shown a traceback unasked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from chain.directory import DamagedDirectory, DiskRefuses, LostBlocks, LostFinality, WrongFormat
from chain.errors import ChainError
from cli import advice
from cli.groups import HelpfulGroup
from cli.guard import BUG, INTERRUPTED, PIPE_CLOSED, Damaged, DiskFailed, example_of, sentence
from cli.main import PLACES
from cli.main import skald as group
from cli.output import BadInput, Failure
from node.sign_state import DamagedSignState
from tests.cli.fake_node import Refusal

ROOT = Path(__file__).parents[2]
SECRET = "5JQ21KyQt14ueEtQgBXoejvHcBaC2i8hvoEAqGevxVJ4DYSzoQc"  # anybody can compute it: alice's on every devnet


@pytest.fixture
def failing(monkeypatch, skald):
    """Run `skald show globals` whose client raises something."""

    def run(error, *arguments, debug=False):
        def call(*_arguments):
            raise error

        monkeypatch.setattr("cli.client.Client.batch", call)
        monkeypatch.setenv("SKALD_DEBUG", "")
        words = [*(["--debug"] if debug else []), "show", "globals", *arguments]
        return CliRunner().invoke(group, words)

    return run


# --- bugs -------------------------------------------------------------------------------------------------------------


def test_a_bug_is_one_sentence_with_its_place_and_none_of_its_words(failing):
    result = failing(KeyError(SECRET))
    assert result.exit_code == BUG
    assert result.stderr.startswith("Error: This should not have happened: KeyError in cli")
    assert "--debug" in result.stderr
    assert SECRET not in result.output
    assert "Traceback" not in result.output


def test_a_bug_shows_all_of_itself_with_debug(failing):
    result = failing(KeyError("name"), debug=True)
    assert result.exit_code == BUG
    assert "Traceback" in result.stderr


def test_a_bug_is_json_for_programs(failing):
    result = failing(ZeroDivisionError(), "--json")
    assert json.loads(result.stderr)["error"]["code"] == "bug"
    assert result.stdout == ""


def test_a_module_that_cannot_be_imported_is_a_bug_too(monkeypatch):
    monkeypatch.setitem(PLACES, "vote", PLACES["vote"]._replace(module="nothing"))
    result = CliRunner().invoke(group, ["vote"])
    assert result.exit_code == BUG
    assert "ModuleNotFoundError" in result.stderr


# --- the machine, the person --------------------------------------------------------------------------------------------


def test_what_the_machine_refuses_is_told_with_its_file(failing):
    result = failing(PermissionError(13, "Permission denied", "/root/keys"))
    assert result.exit_code == 1
    assert result.stderr == "Error: /root/keys: Permission denied.\n  Check who may read and write it.\n"


def test_ctrl_c_ends_a_command_with_the_shell_s_status(failing):
    result = failing(KeyboardInterrupt())
    assert result.exit_code == INTERRUPTED
    assert result.stderr.strip() == "Stopped."


def test_a_reader_that_has_read_enough_is_no_failure():
    """`skald … | head` closes the pipe before all is written."""
    program = "from cli.main import main; main()"
    closed, pipe = os.pipe()
    os.close(closed)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with os.fdopen(pipe, "wb") as stdout:
        ended = subprocess.run(
            [sys.executable, "-c", program, "completion", "bash"],
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=environment,
            check=False,
        )
    assert ended.returncode in {1, PIPE_CLOSED}
    assert ended.stderr == b""


# --- disks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DamagedDirectory(path="DIR", reason="a checksum does not fit"), 20),
        (LostBlocks(path="DIR", mark=7, head=5), 20),
        (LostFinality(path="DIR", mark=7, final=5), 20),
        (DamagedSignState(path="DIR/SIGNED"), 20),
        (DiskRefuses(path="DIR", reason="No space left on device"), 21),
        (WrongFormat(path="DIR", found="1", expected=2), 1),
    ],
)
def test_what_supervises_a_node_can_tell_damage_from_a_full_disk(failing, error, status):
    result = failing(error, "--json")
    assert result.exit_code == status
    assert json.loads(result.stderr)["error"]["code"] == error.code


def test_the_service_is_not_started_again_where_that_cannot_help():
    unit = (ROOT / "docs" / "deploy" / "skald.service").read_text()
    (statuses,) = [line.partition("=")[2] for line in unit.splitlines() if line.startswith("RestartPreventExitStatus=")]
    kinds = {BadInput, Failure, Damaged, DiskFailed}
    assert {int(one) for one in statuses.split()} == {kind.exit_code for kind in kinds}


# --- usage ------------------------------------------------------------------------------------------------------------


def test_invalid_words_get_the_command_s_example_and_the_way_to_its_help(skald):
    result = skald("vote")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "Error: Missing argument 'AUTHOR/PERMLINK'.",
        "  For example: skald vote alice/hello --voter bob --weight 50%",
        "  `skald vote --help` tells what it takes.",
    ]


def test_invalid_words_are_json_for_programs(skald):
    result = skald("vote", "alice/hello", "--voter", "Alice", "--json")
    assert result.exit_code == 2
    error = json.loads(result.stderr)["error"]
    assert error["code"] == "bad_input"
    assert "Did you mean alice?" in error["message"]


@pytest.mark.parametrize(
    ("words", "near"),
    [(["vot"], "vote"), (["account", "crate"], "create"), (["tx", "build", "trnsfer"], "transfer")],
)
def test_invalid_name_of_a_command_gets_near_ones(skald, words, near):
    result = skald(*words)
    assert result.exit_code == 2
    assert f"No such command {words[-1]!r}." in result.stderr
    assert near in result.stderr.splitlines()[0]


def test_invalid_negative_amount_is_not_taken_for_an_option(skald):
    assert "Nothing here can be negative" in skald("transfer", "-1 HIVE", "bob", "--from", "alice").stderr


def test_a_group_without_a_command_shows_its_help(skald):
    result = skald("show")
    assert result.exit_code == 2
    assert "witnesses" in result.stdout
    assert skald("show", "--json").exit_code == 2


def groups(command, context):
    if isinstance(command, click.Group):
        yield command
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            yield from groups(found, click.Context(found, info_name=name, parent=context))


def test_every_group_knows_near_names():
    assert all(isinstance(one, HelpfulGroup) for one in groups(group, click.Context(group)))


def test_examples_are_found_in_help():
    assert example_of(click.Command("x", help="Do.\n\nWith care.\nFor example: skald\nx")) == "skald x"
    assert example_of(click.Command("x")) == ""


def test_sentences_begin_and_end_as_sentences():
    assert sentence("flag --x: no") == "Flag --x: no."
    assert sentence("/tmp/x is full.") == "/tmp/x is full."


# --- refusals -----------------------------------------------------------------------------------------------------------


def codes(kind=ChainError):
    yield kind.code
    for one in kind.__subclasses__():
        yield from codes(one)


def test_advice_is_for_codes_that_exist():
    import chain.blocklog
    import chain.memo
    import chain.operations
    import node.parity
    import node.runner

    assert chain.blocklog
    assert chain.memo
    assert chain.operations
    assert node.parity
    assert node.runner
    assert set(advice.BY_CODE) <= set(codes())


def test_advice_takes_the_data_of_the_refusal():
    assert advice.advice_for_code("insufficient_funds", {"account": "bob"}).startswith("`skald account show bob`")
    assert advice.advice_for_code("insufficient_funds", {}) == ""


def test_a_node_s_refusal_keeps_its_code(node, skald):
    def refuse(_params):
        refusal = Refusal("There is no post or reply @${author}/${permlink}", {"author": "bob", "permlink": "x"})
        refusal.error["data"]["extension"] = {"assertion_expression": "unknown_post"}
        raise refusal

    node.answers["condenser_api.get_content"] = refuse
    result = skald("show", "post", "bob/x", "--json", node=node)
    assert result.exit_code == 4
    error = json.loads(result.stderr)["error"]
    assert error["code"] == "unknown_post"
    assert error["message"] == "The node refused: There is no post or reply @bob/x."
    assert error["advice"] == "`skald account history bob` lists what bob wrote."


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "http://127.0.0.1:port", "http://[::1", "ftp://x", "://"])
def test_invalid_address_of_a_node_is_wrong_usage(skald, url):
    result = skald("show", "globals", "--node", url)
    assert result.exit_code == 2
    assert "is not the address of a node" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("devnet", "advance", "9" * 40 + "d"),
        ("transfer", "9" * 25 + " HIVE", "bob", "--from", "alice"),
        ("show", "block", "9" * 40),
    ],
)
def test_invalid_numbers_beyond_all_bounds(skald, node, words):
    assert skald(*words, node=node).exit_code == 2


# --- every command ------------------------------------------------------------------------------------------------------

WORDS = {
    "NUMBER|all": "7",
    "AUTHOR/PERMLINK": "alice/hello",
    "AUTHOR/PERMLINK|ACCOUNT": "alice/hello",
    "AMOUNT": "1.000 HIVE",
    "AMOUNT|all|stop": "1.000 HIVE",
    "AMOUNT|none": "1.000 HIVE",
    "PROXY|none": "bob",
    "DURATION": "1d",
    "PRICE": "0.250 HBD",
    "PUBLIC_KEY": "STM8GC13uCZbP44HzMLV6zPZGwVQ8Nt4Kji8PapsPiNq1BK153XTX",
}
MORE_WORDS = {
    "account update": ("--profile", "{}"),
    "witness update": ("--resign",),
    "recover request": ("--cancel",),
    "community set": ("--title", "A title"),
    "escrow open": ("--hive", "1.000 HIVE"),
    "proposal update": ("--pay", "1.000 HBD"),
}
"""Where one of several options is needed."""
OFFLINE = (
    "devnet keys",
    "node init",
    "node start",
    "node compact",
    "node check",
    "keys ",
    "wallet ",
    "tx build",
    "tx ",
    "blocklog ",
    "snapshot ",
    "parity",
    "completion",
)


def leaves(command, context, path=()):
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            yield from leaves(found, click.Context(found, info_name=name, parent=context), (*path, name))
    else:
        yield path, command


def complete_words(command):
    """Words that a command understands: its arguments, and the options that it cannot do without."""
    for parameter in command.params:
        if parameter.required:
            if isinstance(parameter, click.Option):
                yield parameter.opts[0]
            yield word_for(command, parameter)


def word_for(command, parameter):
    if isinstance(parameter.type, click.IntRange | click.types.IntParamType):
        return "7"
    if isinstance(parameter.type, click.Choice):
        return str(parameter.type.choices[0])
    metavar = parameter.make_metavar(click.Context(command)).removesuffix("...").strip("[]{}")
    return WORDS.get(metavar, "alice")


COMMANDS = {" ".join(path): command for path, command in leaves(group, click.Context(group, info_name="skald"))}
ASKING = [name for name in COMMANDS if not name.startswith(OFFLINE)]


def test_the_sweep_over_commands_leaves_none_out_by_mistake():
    assert len(ASKING) >= 27


@pytest.mark.parametrize("name", ASKING)
def test_every_command_that_asks_a_node_says_that_none_answers(name, skald):
    words = [*name.split(), *complete_words(COMMANDS[name]), *(["--body", "x"] if "--body" in flags(name) else [])]
    words += MORE_WORDS.get(name, ())
    result = skald(*words, "--node", "http://127.0.0.1:1")
    assert result.exit_code == 3, result.output
    assert "No node answers at http://127.0.0.1:1" in result.stderr
    assert "skald devnet" in result.stderr


def flags(name):
    return {flag for parameter in COMMANDS[name].params for flag in parameter.opts}


@pytest.mark.parametrize("name", [name for name in COMMANDS if not name.startswith("tx build")])
def test_every_command_answers_nonsense_in_one_sentence(name, skald):
    result = skald(*name.split(), "--nonsense")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: No such option '--nonsense'.")
    assert f"`skald {name} --help`" in result.stderr
