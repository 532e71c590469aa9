"""How proposals look to a person: who gets what of a day's budget, and where the money ends."""

from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.output import bar, grid, is_narrow, listing
from cli.views import ago, money, span, time_of, units


def proposals(console: Console, answer: dict[str, Any]) -> None:
    console.print(treasury(answer))
    rows = answer["proposals"]
    console.print()
    if not rows:
        console.print("There are no such proposals.")
        return
    most = max(int(row["total_votes"]) for row in rows)
    narrow = is_narrow(console)
    columns = [">id", "!creator", ">votes, VESTS", ">asks a day", ">gets a day", "!until"]
    table = listing(columns if narrow else [*columns, "!", "subject"])
    last_paid = max((place for place, row in enumerate(rows) if units(row["daily_funds"])), default=None)
    for place, row in enumerate(rows):
        cells = [
            str(row["id"]),
            row["creator"],
            f"{int(row['total_votes']) // 1_000_000:,}",
            money(row["daily_pay"]),
            funds(row),
            until(row, answer["now"]),
        ]
        more = [f"[green]{bar(int(row['total_votes']), most, 12)}[/]", escape(row["subject"])]
        table.add_row(*cells, *([] if narrow else more))
        if place == last_paid and is_spent(answer):
            table.add_row("", "[yellow]── budget ends[/]")
    console.print(table)


def proposal(console: Console, answer: dict[str, Any]) -> None:
    row, now = answer["proposal"], answer["now"]
    table = grid(f"Proposal {row['id']}: {escape(row['subject'])}")
    table.add_row("post", f"{row['creator']}/{escape(row['permlink'])}")
    table.add_row("paid to", row["receiver"])
    table.add_row("from", ago(row["start_date"], now))
    table.add_row("until", ago(row["end_date"], now))
    table.add_row("asks a day", money(row["daily_pay"]))
    table.add_row("gets a day", funds(row))
    table.add_row("votes", f"{int(row['total_votes']) // 1_000_000:,} VESTS  [dim](at the last payment)[/]")
    table.add_row("voters", escape(" ".join(answer["voters"])) or "–")
    console.print(table)


def treasury(answer: dict[str, Any]) -> Table:
    table = grid()
    spent, daily = units(answer["daily_spent"]), units(answer["daily_budget"])
    table.add_row("treasury", money(answer["treasury"]))
    table.add_row("a day's budget", money(answer["daily_budget"]))
    table.add_row("spent of it", f"{money(answer['daily_spent'])}  [green]{bar(spent, daily)}[/]")
    return table


def is_spent(answer: dict[str, Any]) -> bool:
    return units(answer["daily_spent"]) >= units(answer["daily_budget"]) > 0


def funds(row: dict[str, Any]) -> str:
    """Green where it gets all that it asks for, yellow where it gets the rest."""
    paid, asked = units(row["daily_funds"]), units(row["daily_pay"])
    if not paid:
        return "–"
    return f"[{'green' if paid == asked else 'yellow'}]{money(row['daily_funds'])}[/]"


def until(row: dict[str, Any], now: str) -> str:
    """The time that is left, or how long it is until it begins."""
    start, end, present = time_of(row["start_date"]), time_of(row["end_date"]), time_of(now)
    if present < start:
        return f"[dim]begins in {span(start - present)}[/]"
    left = end - present
    return span(left) if left >= timedelta(0) else "[dim]ended[/]"
