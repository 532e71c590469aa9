"""How the command line speaks: text for people, one JSON document for programs, and failures that say what to do next.

A command is a function that returns plain data; `answers` prints it, either through the command's own view or, with `--json`,
as it is. So every command has both faces and no command prints on its own.

Exit status: 0 done · 1 failed, or a check found something bad · 2 wrong usage · 3 no node reached · 4 the node refused ·
5 a key is missing · 20 a data directory is damaged · 21 a disk refuses · 70 a bug · 130 stopped by Ctrl+C or SIGTERM. `cli.guard` decides it.
"""

import contextlib
import functools
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, TypeVar

import click
from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.table import Table

Function = TypeVar("Function", bound=Callable[..., Any])
View = Callable[[Console, Any], None]

PIPED_WIDTH = 160  # where no terminal gives a width, tables are for grep and should not fold
NARROW_WIDTH = 110
BAR_WIDTH = 32


class Failure(click.ClickException):
    """An expected failure of a command: one sentence, and what to do next."""

    exit_code = 1
    code: ClassVar[str] = "failed"

    def __init__(self, message: str, advice: str = "", **data: Any) -> None:
        super().__init__(message)
        self.advice = advice
        self.data = data

    def to_json(self) -> dict[str, Any]:
        error = {"code": self.data.get("code", self.code), "message": self.message, "advice": self.advice, **self.data}
        return {"error": {key: value for key, value in error.items() if value not in ("", None)}}

    def show(self, file: Any = None) -> None:
        console = Console(stderr=True, file=file, highlight=False, soft_wrap=True)
        console.print(f"[bold red]Error:[/] {escape(self.message)}")
        if self.advice:
            console.print(f"  {escape(self.advice)}")


class BadInput(Failure):
    """What was typed does not say what is needed."""

    exit_code = 2
    code = "bad_input"


class MissingKey(Failure):
    """No private key at hand satisfies an authority."""

    exit_code = 5
    code = "missing_key"


def answers(
    view: View | None = None, *, exit_code: Callable[[Any], int] = lambda _answer: 0
) -> Callable[[Function], Function]:
    """Give a command `--json` and a view: the function's return value is printed, and decides the exit status."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def command(*args: Any, as_json: bool, **options: Any) -> None:
            answer = function(*args, **options)
            emit(answer, view, as_json=as_json)
            if status := exit_code(answer):
                click.get_current_context().exit(status)

        decorated: Function = last_option(
            command, "--json", "as_json", is_flag=True, help="Print one JSON document instead of text."
        )
        return decorated

    return decorate


def last_option(function: Callable[..., Any], *names: str, **settings: Any) -> Any:
    """Add an option that stands at the end of the help text, wherever its decorator stands."""
    parameters = list(getattr(function, "__click_params__", []))
    function.__dict__["__click_params__"] = [click.Option(names, **settings), *parameters]
    return function


def emit(answer: Any, view: View | None, *, as_json: bool) -> None:
    if as_json:
        click.echo(as_json_text(answer))
    elif view is not None:
        view(stdout(), answer)
    elif answer is not None:
        fields(stdout(), answer)


def as_json_text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def stdout() -> Console:
    """A console for answers. Made anew each time: standard output may have been redirected."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def stderr() -> Console:
    """A console for what is said beside the answer."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def note(text: str) -> None:
    """Something worth knowing that is not the answer."""
    stderr().print(f"[dim]{escape(text)}[/]")


def warn(text: str) -> None:
    """Something that is dangerous and may be meant."""
    stderr().print(f"[bold yellow]![/] [yellow]{escape(text)}[/]", soft_wrap=True)


def fields(console: Console, answer: Any) -> None:
    """The view of those who have none: names and values below one another."""
    if not isinstance(answer, dict):
        console.print(escape(str(answer)))
        return
    table = grid()
    for name, value in answer.items():
        table.add_row(str(name).replace("_", " "), escape(field_text(value)))
    console.print(table)


def field_text(value: Any) -> str:
    """A value on a page: a list one below another, numbers with their thousands apart."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(field_text(one) for one in value) or "–"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return json.dumps(value, ensure_ascii=False)


def grid(title: str | None = None) -> Table:
    """Names on the left, values on the right, without lines."""
    table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def listing(columns: Iterable[str], title: str | None = None) -> Table:
    """A table with its heads in colour. A column whose name begins with `>` holds numbers, on the right and never broken; one that
    begins with `!` holds names, never broken either.
    """
    table = Table(title=title, title_justify="left", box=None, header_style="bold cyan", padding=(0, 2, 0, 0))
    for column in columns:
        is_whole = column.startswith((">", "!"))
        justify: JustifyMethod = "right" if column.startswith(">") else "left"
        table.add_column(column.lstrip(">!"), justify=justify, overflow="fold", no_wrap=is_whole)
    return table


def is_narrow(console: Console) -> bool:
    """A terminal in which wide tables would break every word: views then show less, or one thing below another."""
    return console.width < NARROW_WIDTH


def bar(part: int, whole: int, width: int = BAR_WIDTH) -> str:
    """A bar of eighths of a character: `part` of `whole`, both at least 0."""
    if whole <= 0 or part <= 0:
        return ""
    eighths = min(part, whole) * width * 8 // whole
    full, rest = divmod(eighths, 8)
    return "█" * full + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[rest] or "▏"


def percent(part: int, whole: int) -> str:
    """A share with two decimals, from integers."""
    if whole <= 0:
        return "–"
    hundredths = part * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


@contextlib.contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show long work as a bar on standard error, where that is a terminal. Yields a function that takes how much is done in all.

    Without `total` the bar only shows that something moves.
    """
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    text = TextColumn("{task.description}")
    columns = (
        (text, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        if total
        else (SpinnerColumn(), text, TextColumn("{task.completed:,}"))
    )
    with Progress(*columns, console=stderr(), transient=True) as shown:
        task = shown.add_task(description, total=total)
        yield lambda done: shown.update(task, completed=done)
