"""The command `skald`: which command lives where.

Modules are imported only when one of their commands is asked for, so that the first character of help appears at once.
"""

import importlib
from typing import Any

import click

from chain import __version__
from chain.errors import ChainError

# command → module in cli.commands that holds it as a function of the same name (with `_` for `-`), in the order of the help text
COMMANDS = {
    "devnet": "devnet",
    "node": "node",
    "keys": "keys",
    "wallet": "wallet",
    "account": "account",
    "post": "content",
    "reply": "content",
    "edit": "content",
    "delete": "content",
    "vote": "content",
    "transfer": "money",
    "power-up": "money",
    "power-down": "money",
    "delegate": "money",
    "claim": "money",
    "witness": "witness",
    "show": "show",
    "tx": "tx",
    "blocklog": "blocklog",
    "parity": "parity",
    "completion": "completion",
}


# a line with \\b alone tells click to keep the lines of the next paragraph
HELP = """Post, vote and transfer on a content-reward chain, and run a node of it.

\b
A first chain of your own:    skald devnet
then, in another terminal:    skald post --author alice --title "Hello" --body "A first post."
                              skald vote alice/hello --voter bob
                              skald show payouts alice/hello
"""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used or listed."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"cli.commands.{COMMANDS[cmd_name]}")
        command: Any = getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what the chain or a node's settings refuse becomes one sentence, not a traceback."""
        try:
            return super().invoke(ctx)
        except ChainError as error:
            from cli.output import Failure

            raise Failure(str(error), code=error.code) from error


@click.group(
    name="skald",
    help=HELP,
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120, "show_default": True},
)
@click.version_option(__version__, prog_name="skald", message="%(prog)s %(version)s")
def skald() -> None:
    """The group of all commands."""


def main() -> None:
    """Entry point of the installed command."""
    skald(prog_name="skald")
