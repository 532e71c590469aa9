"""The command `skald`: which command lives where.

Modules are imported only when one of their commands is used, so that help and completion appear at once.
"""

import gc
import importlib
import signal
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from chain.compiled import SOFTWARE
from cli.groups import HelpfulGroup


class Place(NamedTuple):
    """The module in cli.commands that holds a command as a function of the same name (`_` for `-`), and its line of help."""

    module: str
    summary: str


SECTIONS: dict[str, dict[str, Place]] = {
    "A chain": {
        "devnet": Place("devnet", "Start a chain of your own and run it until Ctrl+C."),
        "node": Place("node", "Run a node of a chain, and see how it is."),
        "network": Place("network", "See how a node stands among others."),
    },
    "Keys and accounts": {
        "keys": Place("keys", "Make keys, derive them from a password, look at them."),
        "wallet": Place("wallet", "Keep private keys in an encrypted file."),
        "account": Place("account", "Make accounts, look at them, change their keys."),
        "recover": Place("recover", "Get a stolen account back, and choose who can help with that."),
    },
    "Writing and voting": {
        "post": Place("content", "Write a post."),
        "reply": Place("content", "Reply to a post or to another reply."),
        "edit": Place("content", "Change the text of a post or reply."),
        "delete": Place("content", "Delete a post or reply."),
        "vote": Place("content", "Vote for a post or reply, or against it."),
    },
    "People and communities": {
        "follow": Place("social", "Follow accounts: their posts are in the feed."),
        "unfollow": Place("social", "Follow accounts no longer."),
        "mute": Place("social", "Mute accounts: nothing that they do is told."),
        "unmute": Place("social", "Mute accounts no longer."),
        "blacklist": Place("social", "Put accounts on a blacklist that others can take over."),
        "reblog": Place("social", "Show a post of somebody else in one's own blog."),
        "feed": Place("social", "Read what those have posted whom an account follows."),
        "notifications": Place("social", "See what an account is told, and mark it as read."),
        "community": Place("community", "See, join and run communities."),
    },
    "Money and power": {
        "transfer": Place("money", "Send HIVE or HBD to an account."),
        "power-up": Place("money", "Turn HIVE into power."),
        "power-down": Place("money", "Turn power into HIVE, in thirteen weekly parts."),
        "delegate": Place("money", "Lend power to an account."),
        "rc": Place("rc", "See what an account may still do, and lend credits."),
        "claim": Place("money", "Take the rewards of posts and votes."),
        "savings": Place("savings", "Set HIVE and HBD aside, take them out in three days."),
        "escrow": Place("escrow", "Lock money that a third party watches over."),
        "recurrent": Place("recurrent", "Pay somebody again and again."),
        "proposal": Place("proposal", "Ask the treasury to pay for work, vote for such proposals."),
        "convert": Place("convert", "Turn HBD into HIVE, or HIVE into HBD, at the chain's price."),
        "conversions": Place("convert", "List what is on its way to become HBD or HIVE."),
        "market": Place("market", "Trade HIVE for HBD: see what is offered, buy, sell."),
        "witness": Place("witness", "Become a witness, vote for witnesses, publish prices."),
    },
    "Looking closer": {
        "show": Place("show", "Look at posts, payouts, blocks, witnesses, funds."),
        "watch": Place("watch", "Watch blocks, operations or finality as they come, until Ctrl+C."),
        "tx": Place("tx", "Build, sign, inspect and broadcast transactions by hand."),
        "blocklog": Place("blocklog", "Check, export, import and replay hived's block logs."),
        "snapshot": Place("snapshot", "Make, check and restore snapshots of a chain's state."),
        "parity": Place("parity", "Replay hived's logs and compare with its answers."),
        "completion": Place("completion", "Print the script for completion by the tab key."),
    },
}
"""Every command, as the help lists it."""

COLLECT_AFTER_OBJECTS = 500_000  # what a program loads stays: to look through it took an eighth of a start

PLACES = {name: place for section in SECTIONS.values() for name, place in section.items()}


# a line with \\b alone tells click to keep the lines of the next paragraph
HELP = """Post, vote and transfer on a content-reward chain, and run a node of it.

\b
A first chain of your own:    skald devnet
then, in another terminal:    skald post --author alice --title "Hello" --body "A first post."
                              skald vote alice/hello --voter bob
                              skald show payouts alice/hello
"""

EPILOG = """Every command takes --help, and --json to print one JSON document.

Exit status: 0 done, 1 failed, 2 wrong usage, 3 no node reached, 4 the node refused, 5 a key is missing,
20 a data directory is damaged, 21 a disk refuses.
"""


class LazyGroup(HelpfulGroup):
    """All commands: a module is imported when one of its commands is used, not when they are listed."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(PLACES)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in PLACES:
            return None
        module = importlib.import_module(f"cli.commands.{PLACES[cmd_name].module}")
        command: Any = getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What a newcomer looks for stands first."""
        self.format_commands(ctx, formatter)
        click.Command.format_options(self, ctx, formatter)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, section in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(10), place.summary) for name, place in section.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [
            CompletionItem(name, help=place.summary) for name, place in PLACES.items() if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """As click's, but whatever goes wrong becomes one sentence and an exit status (`cli.guard`)."""
        words = list(sys.argv[1:] if args is None else args)

        if not standalone_mode:
            return super().main(words, prog_name, complete_var, standalone_mode=False, **extra)
        try:
            status = super().main(words, prog_name, complete_var, standalone_mode=False, **extra)
        except BaseException as error:  # noqa: BLE001 - the last handler there is: nothing may end as a traceback
            from cli.guard import status_of

            status = status_of(error, words)
        sys.exit(status if isinstance(status, int) else 0)


@click.group(
    name="skald",
    help=HELP,
    epilog=EPILOG,
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120, "show_default": True},
)
@click.version_option(SOFTWARE, prog_name="skald", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, envvar="SKALD_DEBUG", help="Show all of what should not have happened.")
def skald(debug: bool) -> None:
    """The group of all commands. `--debug` is read by `cli.guard`, before anything can go wrong."""


def main() -> None:
    """Entry point of the installed command. SIGTERM ends it as Ctrl+C does: what it was at is closed, and what is done stays done."""
    gc.set_threshold(COLLECT_AFTER_OBJECTS)
    ends = signal.SIGINT, signal.SIGTERM
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)  # whoever started this process may have held them back for itself
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        skald(prog_name="skald")
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # the interpreter ends with no handlers, and the status is known
