"""The last line of defence: whatever ends a command becomes one sentence, what to do next, and an exit status.

    Failure              expected by the command: told as it is
    ChainError           expected by the chain or the node's settings: told with advice
    click's UsageError   told with an example of the command, or the way to its help
    OSError              the machine refused: a file, a disk, a port
    anything else        a bug: its kind and place; `skald --debug …` shows all of it

No traceback reaches a user unasked: it helps nobody who types commands, and may hold what was typed.
"""

import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from chain.errors import ChainError, InvalidInput, InvalidOperation
from cli.output import BadInput, Failure, as_json_text

BUG = 70
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
PIPE_CLOSED = 141  # 128 + SIGPIPE: `skald … | head` has read enough

PACKAGES = frozenset(("cli", "node", "chain", "rewards"))
EXAMPLE = "For example: "  # how the help of a command begins its example
SYSTEM_ADVICE = {
    PermissionError: "Check who may read and write it.",
    FileNotFoundError: "Check how its name is spelled.",
    NotADirectoryError: "A folder is wanted where a file stands.",
    IsADirectoryError: "A file is wanted where a folder stands.",
}


SETTING_CODES = frozenset(
    ("config_error", "key_in_config", "unknown_setting", "unreadable_config", "unsafe_key_file", "wrong_setting")
)


class SystemRefused(Failure):
    """The machine refuses: a file that may not be read, a full disk."""

    code = "system"


class Damaged(Failure):
    """A data directory does not hold what was written there: another start does not mend it."""

    exit_code = 20
    code = "damaged"


class DiskFailed(Failure):
    """The disk is full, or fails: what was told is there, and the node starts again when the disk takes it."""

    exit_code = 21
    code = "disk"


DISK_KINDS: dict[str, type[Failure]] = {
    "damaged_directory": Damaged,
    "lost_blocks": Damaged,
    "lost_finality": Damaged,
    "damaged_sign_state": Damaged,
    "disk_refuses": DiskFailed,
}


class Bug(Failure):
    """What nobody expected. Only its kind and place are told: its words might hold what was typed."""

    exit_code = BUG
    code = "bug"


def status_of(error: BaseException, arguments: list[str]) -> int:
    """The exit status of a command line that ended with an exception; what went wrong is told on standard error."""
    if isinstance(error, click.Abort | KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains when it ends
        return PIPE_CLOSED
    if not isinstance(error, Exception):  # an exit with a status of its own
        raise error
    failure = failure_of(error)
    if isinstance(failure, Bug) and is_debugging(arguments):
        traceback.print_exception(error)
    tell(failure, as_json="--json" in arguments)
    return failure.exit_code


def is_debugging(arguments: list[str]) -> bool:
    return "--debug" in arguments or os.environ.get("SKALD_DEBUG", "") not in ("", "0")


def tell(failure: Failure, *, as_json: bool) -> None:
    if as_json:
        click.echo(as_json_text(failure.to_json()), err=True)
    else:
        failure.show()


def failure_of(error: Exception) -> Failure:
    """The sentence, advice and exit status for anything a command may raise."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, ChainError):
        return refused(error)
    if isinstance(error, click.UsageError):
        return usage_failure(error)
    if isinstance(error, click.ClickException):
        return Failure(sentence(error.format_message()))
    if isinstance(error, OSError):
        what = f"{error.filename}: " if error.filename else ""
        advice = next((text for kind, text in SYSTEM_ADVICE.items() if isinstance(error, kind)), "")
        return SystemRefused(sentence(f"{what}{error.strerror or error}"), advice)
    return Bug(
        f"This should not have happened: {type(error).__name__} in {place_of(error)}.",
        "It is a bug. `skald --debug …` with the same words shows all of it, for a report.",
    )


def refused(error: ChainError) -> Failure:
    """What the chain, or a setting of the node, refuses here without asking any node. It keeps the chain's code."""
    from cli.advice import advice_for_code

    is_input = isinstance(error, InvalidInput | InvalidOperation) or error.code in SETTING_CODES
    kind = BadInput if is_input else DISK_KINDS.get(error.code, Failure)
    return kind(sentence(str(error)), advice_for_code(error.code, error.data), code=error.code)


def usage_failure(error: click.UsageError) -> Failure:
    """What is wrong with the words of a command line, with an example of the right ones where the command has one."""
    context = error.ctx
    if error.message and context is not None and error.message == context.get_help():  # a group without a command
        return HelpWanted("A command is missing.", f"`{context.command_path} --help` lists them.", help=error.message)
    message = sentence(error.format_message())
    option = getattr(error, "option_name", "")
    if option[1:2].isdigit():
        message = f"Nothing here can be negative, and {option}… looks so."
    if context is None:
        return BadInput(message)
    help_text = f"`{context.command_path} --help` tells what it takes."
    example = example_of(context.command)
    return BadInput(message, f"{EXAMPLE}{example}\n  {help_text}" if example else help_text)


class HelpWanted(BadInput):
    """A group without a command: its help is the answer."""

    code = "no_command"

    def show(self, file: Any = None) -> None:
        click.echo(self.data["help"], file=file)


def example_of(command: click.Command) -> str:
    """The example in a command's help."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in (command.help or "").split("\n\n"))
    return next((text.partition(EXAMPLE)[2] for text in paragraphs if EXAMPLE in text), "")


def sentence(text: str) -> str:
    """With a capital and a full stop, unless it begins with a name of something."""
    text = text.strip()
    first = text.split(" ", 1)[0]
    text = text[:1].upper() + text[1:] if first.isalpha() else text
    return text if text.endswith((".", "!", "?", "`")) else f"{text}."


def place_of(error: Exception) -> str:
    """The file and line of our own code that an exception came through last."""
    root = Path(__file__).parents[1]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(root) and path.relative_to(root).parts[0] in PACKAGES:
            return f"{path.relative_to(root)}, line {frame.lineno}"
    return "a library"
