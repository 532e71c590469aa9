"""How money on its way looks to a person: savings, escrows, recurrent transfers."""

from typing import Any

from rich.console import Console
from rich.markup import escape

from cli.output import grid, listing
from cli.views import ago, money, units


def savings(console: Console, answer: dict[str, Any]) -> None:
    account, now = answer["account"], answer["now"]
    table = grid(f"Savings of @{account['name']}")
    table.add_row("saved", ", ".join(money(account[name]) for name in ("savings_balance", "savings_hbd_balance")))
    if units(account["savings_hbd_balance"]):
        table.add_row("interest paid", ago(account["savings_hbd_last_interest_payment"], now))
    console.print(table)
    for title, other, rows in (
        ("On their way out", "to", answer["outgoing"]),
        ("On their way in", "from", answer["incoming"]),
    ):
        if rows:
            console.print()
            ways = listing([">id", f"!{other}", ">amount", "arrive", "memo"], title)
            for row in rows:
                arrival = ago(row["complete"], now)
                ways.add_row(str(row["request_id"]), row[other], money(row["amount"]), arrival, escape(row["memo"]))
            console.print(ways)


def escrows(console: Console, answer: dict[str, Any]) -> None:
    rows, now = answer["escrows"], answer["now"]
    if not rows:
        console.print(f"{answer['account']} has no open escrow.")
    for position, row in enumerate(rows):
        if position:
            console.print()
        table = grid(f"Escrow {row['escrow_id']} of @{row['from']}")
        table.add_row("locked", ", ".join(money(row[name]) for name in ("hive_balance", "hbd_balance")))
        for role, member in (("to", "to_approved"), ("agent", "agent_approved")):
            table.add_row(role, f"{row[role]}  [dim]({'has approved' if row[member] else 'has not approved yet'})[/]")
        if units(row["pending_fee"]):
            table.add_row("fee", money(row["pending_fee"]))
        if not (row["to_approved"] and row["agent_approved"]):
            table.add_row("to approve until", ago(row["ratification_deadline"], now))
        table.add_row("expires", ago(row["escrow_expiration"], now))
        if row["disputed"]:
            table.add_row("disputed", f"{row['agent']} decides")
        console.print(table)


def recurrent_transfers(console: Console, answer: dict[str, Any]) -> None:
    rows, now = answer["recurrent_transfers"], answer["now"]
    if not rows:
        console.print(f"{answer['account']} pays nobody again and again.")
        return
    table = listing(["!to", ">amount", ">every", ">times left", "next", ">failed", ">pair id", "memo"])
    for row in rows:
        table.add_row(
            row["to"],
            money(row["amount"]),
            f"{row['recurrence']} h",
            str(row["remaining_executions"]),
            ago(row["trigger_date"], now),
            str(row["consecutive_failures"]),
            str(row["pair_id"]),
            escape(row["memo"]),
        )
    console.print(table)
