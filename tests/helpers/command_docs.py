"""The generated part of docs/cli.md: every command, from what `--help` shows."""

import inspect
from collections.abc import Iterator
from typing import Any

import click

from tests.helpers.sources import commands


def cell(text: str) -> str:
    """Text of a table's cell, on one line."""
    return " ".join(text.split()).replace("|", "\\|")


def doc_of(thing: Any) -> str:
    return cell(inspect.getdoc(thing) or "")


def command_line() -> Iterator[str]:
    """Every command, from what `--help` shows. Options that many commands share stand in one table before them."""
    listed = list(commands())
    shared = shared_options(listed)
    yield from ("## Shared options", "", "| option | |", "|---|---|")
    yield from (f"| `{names}` | {cell(text)} |" for names, text in shared)
    shown: dict[tuple[tuple[str, str], ...], str] = {}
    for path, command, context in listed:
        if not is_builder(path):
            yield from _command(path, command, context, shared, shown)
        if path == BUILDER:
            yield from _builders(listed, shared)


BUILDER = "skald tx build"
"""Below it stands a command for every operation."""


def is_builder(path: str) -> bool:
    return path.startswith(f"{BUILDER} ")


def _command(
    path: str,
    command: click.Command,
    context: click.Context,
    shared: dict[tuple[str, str], None],
    shown: dict[tuple[tuple[str, str], ...], str],
) -> Iterator[str]:
    yield from ("", f"## {path}", "", f"    {path} {' '.join(command.collect_usage_pieces(context))}", "")
    yield from _help_lines(command)
    if isinstance(command, click.Group):
        yield from (f"Commands: {', '.join(f'`{name}`' for name in command.list_commands(context))}", "")
    records = option_records(command, context)
    own = tuple(record for record in records if record not in shared)
    if len(own) > 1 and own in shown:
        yield from (f"Its options are those of `{shown[own]}`.", "")
    elif own:
        shown[own] = path
        yield from ("| option | |", "|---|---|", *(f"| `{cell(names)}` | {cell(text)} |" for names, text in own), "")
    others = [names for names, text in records if (names, text) in shared]
    if others:
        yield f"Shared options: {', '.join(f'`{names.split()[0]}`' for names in others)}"


def _builders(
    listed: list[tuple[str, click.Command, click.Context]], shared: dict[tuple[str, str], None]
) -> Iterator[str]:
    builders = [(path, option_records(command, context)) for path, command, context in listed if is_builder(path)]
    everywhere = [record for record in builders[0][1] if all(record in records for _, records in builders)]
    yield from ("", "Each of them takes these:", "", "| option | |", "|---|---|")
    yield from (f"| `{cell(names)}` | {cell(text)} |" for names, text in everywhere)
    yield from ("", "and the members of its operation:", "", "| command | options |", "|---|---|")
    for path, records in builders:
        own = [f"`{cell(names)}`" for names, text in records if (names, text) not in everywhere]
        yield f"| `{path}` | {', '.join(own)} |"


SHARED_FROM = 10
"""An option of so many commands, with the same words, is shown once."""


def shared_options(listed: list[tuple[str, click.Command, click.Context]]) -> dict[tuple[str, str], None]:
    counts: dict[tuple[str, str], int] = {}
    for path, command, context in listed:
        if not is_builder(path):
            for record in option_records(command, context):
                counts[record] = counts.get(record, 0) + 1
    return {record: None for record, count in counts.items() if count >= SHARED_FROM}


def option_records(command: click.Command, context: click.Context) -> list[tuple[str, str]]:
    """(names, help) of each option, as click prints them; `--help` itself is left out."""
    records = [one.get_help_record(context) for one in command.get_params(context) if isinstance(one, click.Option)]
    return [
        (" ".join(names.split()), text)
        for names, text in (record for record in records if record is not None)
        if "--help" not in names
    ]


def _help_lines(command: click.Command) -> Iterator[str]:
    """The help text; a paragraph that click must not fold stands as it is."""
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        is_fixed = paragraph.startswith("\b\n")
        lines = paragraph.removeprefix("\b\n").splitlines()
        yield from (f"    {line}".rstrip() if is_fixed else line for line in lines)
        yield ""
