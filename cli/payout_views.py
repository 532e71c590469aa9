"""Payouts on a page: who gets what of a post, as bars, and the arithmetic behind it step by step (skald_api.get_payouts)."""

from typing import Any

from rich.console import Console
from rich.markup import escape

from cli.output import BAR_WIDTH, bar, grid, is_narrow, listing, percent
from cli.views import money, plain, units

COLOURS = {"author": "green", "curator": "cyan", "beneficiary": "magenta"}


def payouts(console: Console, answer: dict[str, Any]) -> None:
    """Of one post, or of all posts of an account."""
    if "payouts" in answer:
        account_payouts(console, answer)
    else:
        post_payout(console, answer)


# --- one post ---------------------------------------------------------------------------------------------------------


def post_payout(console: Console, answer: dict[str, Any]) -> None:
    console.print(f"[bold]{escape(answer['author'])}/{escape(answer['permlink'])}[/]  {state_of(answer)}\n")
    shares = shares_of(answer)
    whole = sum(units(row.get("share")) for _role, row in shares)
    narrow = is_narrow(console)
    table = listing(["!", "!to", ">share", ">of all", "!", "!paid as"])
    for role, row in shares:
        part, colour = units(row.get("share")), COLOURS[role]
        table.add_row(
            role,
            escape(str(row.get("account", ""))),
            money(row.get("share", "")),
            percent(part, whole),
            f"[{colour}]{bar(part, whole, 8 if narrow else BAR_WIDTH)}[/]",
            paid_as(row).replace(" + ", " +\n") if narrow else paid_as(row),
        )
    console.print(table if shares else "Nobody has voted for it yet, so it earns nothing.")
    for name, value in (answer.get("values") or {}).items():
        if name == "payout":
            console.print(f"\nworth {money(value)} in all")
    steps = answer.get("arithmetic") or []
    if steps:
        console.print("\n[bold]The arithmetic[/]")
        sums = listing(["!", ">result", "from"])
        for name in ("net_rshares", "total_vote_weight"):
            if name in answer:
                sums.add_row(name, f"{int(answer[name]):,}", "the votes")
        for name, value in (answer.get("fund") or {}).items():
            sums.add_row(name, readable(value), "the reward fund")
        for step in steps:
            sums.add_row(
                f"[bold]{escape(str(step['step']))}[/]", readable(step["result"]), escape(str(step["formula"]))
            )
        console.print(sums)


def state_of(answer: dict[str, Any]) -> str:
    at = answer.get("cashout_time", "")
    return f"[green]paid at {at}[/]" if answer.get("status") == "paid" else f"[yellow]will be paid at {at}[/]"


def shares_of(answer: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(role, share) of the author, the curators and the beneficiaries, in this order."""
    author = answer.get("author_share")
    shares = [("author", author)] if isinstance(author, dict) else []
    shares += [("curator", row) for row in answer.get("curators") or []]
    return shares + [("beneficiary", row) for row in answer.get("beneficiaries") or []]


def paid_as(row: dict[str, Any]) -> str:
    """The assets of a share; rewards wait to be claimed unless told otherwise."""
    return " + ".join(money(row[name]) for name in ("hbd", "hive", "vests") if units(row.get(name)))


def readable(value: Any) -> str:
    if isinstance(value, dict) and "base" in value:
        return f"{money(value['base'])} / {money(value['quote'])}"
    if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
        return f"{int(value):,}"
    return money(value) if isinstance(value, str) and " " in value else escape(plain(value))


# --- an account -------------------------------------------------------------------------------------------------------


def account_payouts(console: Console, answer: dict[str, Any]) -> None:
    table = grid(f"@{answer.get('account', '')}")
    for label, member in (("earned as author", "posting_rewards"), ("earned as curator", "curation_rewards")):
        if member in answer:
            table.add_row(label, money(answer[member]))
    unclaimed = answer.get("unclaimed") or {}
    if waiting := paid_as(unclaimed):
        table.add_row("to claim", f"{waiting}  [dim](skald claim)[/]")
    console.print(table)
    posts = answer["payouts"]
    if posts:
        most = max(units(post.get("value")) for post in posts)
        rows = listing(["post", "state", ">reward", ">author's", ">worth", ""], title="\nPosts")
        for post in posts:
            value = units(post.get("value"))
            rows.add_row(
                escape(f"{post['author']}/{post['permlink']}"),
                state_of(post),
                money(post.get("reward", "")),
                money(post.get("author_share", "")),
                money(post.get("value", "")),
                f"[green]{bar(value, most, 16)}[/]",
            )
        console.print(rows)
    else:
        console.print("No posts.")
    pending = answer.get("pending_votes") or []
    if pending:
        votes = listing(
            ["post", ">vote", ">share", ">worth", "paid at"], title="\nVotes on posts that are not paid yet"
        )
        for vote in pending:
            weight = int(vote.get("percent", 0))
            sign = "-" if weight < 0 else ""
            place = escape(f"{vote['author']}/{vote['permlink']}")
            votes.add_row(
                place,
                sign + percent(abs(weight), 10_000),
                money(vote["share"]),
                money(vote["value"]),
                vote["cashout_time"],
            )
        console.print(votes)
