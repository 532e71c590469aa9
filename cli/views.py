"""How answers of a node look to a person. A view reads what is there: members that a node leaves out are left out of the page too.

Amounts stay the node's texts; sums and shares are taken from their integers.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from cli.output import BAR_WIDTH, bar, grid, is_narrow, listing, percent

VOTING_REGENERATION_SECONDS = 432_000  # protocol.md §5.4: an empty bar is full after five days
SUMMARY_LENGTH = 96
TIME_FORM = "%Y-%m-%dT%H:%M:%S"  # UTC, as everywhere in Hive


def units(amount: Any) -> int:
    """An amount in its smallest unit, from `"1.000 HIVE"`, an object with `amount`, or a number."""
    if isinstance(amount, dict):
        return int(amount.get("amount", 0))
    if isinstance(amount, str):
        number, _, _symbol = amount.partition(" ")
        return int(number.replace(".", "") or 0)
    return int(amount or 0)


def money(amount: Any) -> str:
    """An amount with thousands set apart, for reading."""
    if isinstance(amount, dict):
        names = {"@@000000021": "HIVE", "@@000000013": "HBD", "@@000000037": "VESTS"}
        digits = str(amount.get("amount", "0")).rjust(int(amount.get("precision", 0)) + 1, "0")
        cut = len(digits) - int(amount.get("precision", 0))
        amount = f"{digits[:cut]}.{digits[cut:]} {names.get(amount.get('nai', ''), '')}"
    number, _, symbol = str(amount).partition(" ")
    whole, point, fraction = number.partition(".")
    grouped = f"{int(whole):,}" if whole.lstrip("-").isdigit() else whole
    return f"{grouped}{point}{fraction} {symbol}".strip()


def time_of(text: str) -> datetime:
    return datetime.strptime(text, TIME_FORM).replace(tzinfo=UTC)


def ago(text: str, now: str | None) -> str:
    """A time, and how far it is from the chain's now."""
    if text.startswith(("1969", "1970-01-01T00:00:00")):
        return "never"
    if now is None or not text:
        return text
    gap = time_of(now) - time_of(text)
    return f"{text}  [dim]({span(gap)} ago)[/]" if gap >= timedelta(0) else f"{text}  [dim](in {span(-gap)})[/]"


def span(gap: timedelta) -> str:
    """The two largest units of a length of time."""
    seconds = gap.days * 86_400 + gap.seconds
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def post(console: Console, answer: dict[str, Any]) -> None:
    content, now = answer["content"], answer.get("now")
    title = content.get("title") or f"Reply to {content.get('parent_author')}/{content.get('parent_permlink')}"
    console.print(f"[bold]{escape(title)}[/]")
    console.print(f"[cyan]{escape(content['author'])}/{escape(content['permlink'])}[/]\n")
    console.print(escape(content.get("body", "")) + "\n")
    table = grid()
    table.add_row("posted", ago(content.get("created", ""), now))
    if was_edited(content):
        table.add_row("edited", ago(content["last_update"], now))
    payout_rows(table, content, now, answer.get("payout"))
    table.add_row("votes", str(content.get("net_votes", 0)))
    table.add_row("replies", str(content.get("children", 0)))
    for one in content.get("beneficiaries") or []:
        table.add_row("beneficiary", f"{one['account']} {percent(int(one['weight']), 10_000)}")
    console.print(table)
    if answer.get("votes"):
        console.print()
        votes(console, answer["votes"], now)
    for reply in answer.get("replies") or []:
        console.print(f"\n[cyan]{escape(reply['author'])}/{escape(reply['permlink'])}[/]  {reply.get('created', '')}")
        console.print(escape(reply.get("body", "")))


def was_edited(content: dict[str, Any]) -> bool:
    """Nodes differ by a block in what they call the time of a post's creation, so a change counts from the next block on."""
    created, changed = content.get("created"), content.get("last_update")
    return bool(created and changed) and time_of(str(changed)) - time_of(str(created)) > timedelta(seconds=3)


def payout_rows(table: Table, content: dict[str, Any], now: str | None, payout: dict[str, Any] | None) -> None:
    """What it will earn or has earned. A node's own forecast (`payout`) is nearer than Hive's, which leaves its votes out of the sum."""
    cashout = str(content.get("cashout_time", ""))
    if cashout and not cashout.startswith("1969"):
        forecast = ((payout or {}).get("values") or {}).get("payout") or content.get("pending_payout_value", "")
        table.add_row("payout", f"{money(forecast)} if it were paid now")
        table.add_row("will be paid", ago(cashout, now))
        return
    for label, member in (("author paid", "total_payout_value"), ("curators paid", "curator_payout_value")):
        if content.get(member):
            table.add_row(label, money(content[member]))
    if content.get("last_payout"):
        table.add_row("paid out", ago(content["last_payout"], now))


def votes(console: Console, rows: list[dict[str, Any]], now: str | None = None) -> None:
    narrow = is_narrow(console)
    table = listing(["!voter", ">weight", ">rshares", ">share", "!", "!time"])
    total = sum(abs(int(row.get("rshares", 0))) for row in rows)
    for row in sorted(rows, key=lambda one: -abs(int(one.get("rshares", 0)))):
        rshares = int(row.get("rshares", 0))
        basis_points = int(row.get("percent", 0))
        sign = "-" if basis_points < 0 else ""
        share = bar(abs(rshares), total, 8 if narrow else BAR_WIDTH)
        time = row.get("time", "")
        table.add_row(
            row["voter"],
            sign + percent(abs(basis_points), 10_000),
            f"{rshares:,}",
            percent(abs(rshares), total),
            f"[red]{share}[/]" if rshares < 0 else f"[green]{share}[/]",
            time if narrow else ago(time, now),
        )
    console.print(table)


def plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def block(console: Console, answer: dict[str, Any]) -> None:
    header = answer["block"]
    table = grid(f"Block {answer['block_num']:,}")
    for name in (
        "block_id",
        "previous",
        "timestamp",
        "witness",
        "transaction_merkle_root",
        "signing_key",
        "witness_signature",
    ):
        if header.get(name):
            table.add_row(name.replace("_", " "), escape(str(header[name])))
    table.add_row("transactions", str(len(header.get("transactions", []))))
    console.print(table)
    if answer.get("operations"):
        console.print()
        operations(console, answer["operations"])


def operations(console: Console, entries: list[dict[str, Any]]) -> None:
    table = listing([">trx", "!operation", "what"])
    for entry in entries:
        name, value = operation_parts(entry["op"])
        virtual = bool(entry.get("virtual_op"))
        position = "–" if int(entry.get("trx_in_block", 0)) == 0xFFFF_FFFF else str(entry.get("trx_in_block", ""))
        table.add_row(position, f"[dim]{name}[/]" if virtual else name, escape(summary(value)))
    console.print(table)


def history(console: Console, entries: list[Any]) -> None:
    if not entries:
        console.print("Nothing has happened to this account yet.")
        return
    narrow = is_narrow(console)
    table = listing([">#", "!time", ">block", "!operation", "what"])
    for index, entry in entries:
        name, value = operation_parts(entry["op"])
        virtual = bool(entry.get("virtual_op"))
        if narrow:
            label = f"[dim]{name}[/]" if virtual else f"[bold]{name}[/]"
            console.print(
                f"[cyan]{index:>4}[/]  {label}  [dim]{entry.get('timestamp', '')}  block {entry.get('block', '')}[/]"
            )
            console.print(Padding(escape(summary(value)), (0, 0, 0, 6)))
            continue
        table.add_row(
            str(index),
            entry.get("timestamp", ""),
            f"{entry.get('block', '')}",
            f"[dim]{name}[/]" if virtual else name,
            escape(summary(value)),
        )
    if not narrow:
        console.print(table)


def operation_parts(operation: Any) -> tuple[str, dict[str, Any]]:
    """Name and fields, from either JSON form."""
    if isinstance(operation, dict):
        return str(operation["type"]).removesuffix("_operation"), operation["value"]
    return str(operation[0]), operation[1]


def summary(value: dict[str, Any]) -> str:
    """The fields of an operation on one line, long texts cut."""
    words = []
    for name, field in value.items():
        if field in ("", [], None) or (name == "memo" and "memo_text" in value):
            continue
        text = " ".join(field_text(field).split())
        words.append(f"{name}={text if len(text) <= 40 else text[:39] + '…'}")
    line = "  ".join(words)
    return line if len(line) <= 2 * SUMMARY_LENGTH else line[: 2 * SUMMARY_LENGTH - 1] + "…"


def field_text(field: Any) -> str:
    """A field of an operation: amounts and authorities as people write them, all else as JSON."""
    if isinstance(field, dict) and "nai" in field:
        return money(field)
    if isinstance(field, dict) and "weight_threshold" in field:
        members = [*field.get("key_auths", []), *field.get("account_auths", [])]
        names = "+".join(str(member) for member, _weight in members)
        return names if len(members) == 1 else f"{field['weight_threshold']} of {names}"
    if isinstance(field, dict) and set(field) == {"base", "quote"}:
        return f"{money(field['base'])}/{money(field['quote'])}"
    return plain(field)


def chain_globals(console: Console, answer: dict[str, Any]) -> None:
    table = grid(f"Head block {int(answer['head_block_number']):,} at {answer['time']}")
    lag = int(answer["head_block_number"]) - int(answer.get("last_irreversible_block_num", 0))
    table.add_row("irreversible", f"{int(answer.get('last_irreversible_block_num', 0)):,}  [dim]({lag} behind head)[/]")
    for label, member in (
        ("head block id", "head_block_id"),
        ("witness", "current_witness"),
        ("supply", "current_supply"),
        ("", "current_hbd_supply"),
        ("supply, HBD as HIVE", "virtual_supply"),
        ("vesting fund", "total_vesting_fund_hive"),
        ("vesting shares", "total_vesting_shares"),
    ):
        if member in answer:
            table.add_row(label, money(answer[member]) if "block" not in member else str(answer[member]))
    for label, member in (("HBD print rate", "hbd_print_rate"), ("HBD interest", "hbd_interest_rate")):
        if member in answer:
            table.add_row(label, percent(int(answer[member]), 10_000))
    if "participation_count" in answer:
        count = int(answer["participation_count"])
        table.add_row("participation", f"{percent(count, 128)}  [green]{bar(count, 128)}[/]")
    fund = answer.get("reward_fund") or {}
    if fund:
        table.add_row("reward fund", money(fund.get("reward_balance", "")))
        table.add_row("recent claims", f"{int(fund.get('recent_claims', 0)):,}")
    if answer.get("price"):
        table.add_row("median price", f"{money(answer['price'].get('base'))} for {money(answer['price'].get('quote'))}")
    console.print(table)


def witnesses(console: Console, answer: dict[str, Any]) -> None:
    active = set(answer.get("active", []))
    rows = answer["witnesses"]
    most = max((int(row.get("votes", 0)) for row in rows), default=0)
    narrow = is_narrow(console)
    columns = [">#", "!witness", "!", ">votes, VESTS", ">missed", ">last block"]
    table = listing(columns if narrow else [*columns, "!price feed", "!", "version", "url"])
    for rank, row in enumerate(rows, 1):
        name = row["owner"]
        shut = str(row.get("signing_key", "")).endswith("1111111111111111111111111111111114T1Anm")
        state = "[red]resigned[/]" if shut else "[green]scheduled[/]" if name in active else ""
        rate = row.get("hbd_exchange_rate") or {}
        price = f"{money(rate['base'])} / {money(rate['quote'])}" if units(rate.get("quote")) else "–"
        cells = [
            str(rank),
            name,
            state,
            f"{int(row.get('votes', 0)) // 1_000_000:,}",
            str(row.get("total_missed", "")),
            str(row.get("last_confirmed_block_num", "")),
        ]
        more = [
            price,
            f"[green]{bar(int(row.get('votes', 0)), most, 12)}[/]",
            str(row.get("running_version", "")),
            escape(str(row.get("url", ""))),
        ]
        table.add_row(*cells, *([] if narrow else more))
    console.print(table)


def account(console: Console, answer: dict[str, Any]) -> None:
    row, chain = answer["account"], answer.get("globals", {})
    now = chain.get("time")
    table = grid(f"@{row['name']}")
    for label, members in (
        ("liquid", ("balance", "hbd_balance")),
        ("savings", ("savings_balance", "savings_hbd_balance")),
    ):
        if label == "liquid" or any(units(row.get(member)) for member in members):
            table.add_row(label, ", ".join(money(row.get(member, "")) for member in members))
    stake_rows(table, row, chain)
    rewards = [row.get(f"reward_{kind}_balance") for kind in ("hive", "hbd", "vesting")]
    if any(units(one) for one in rewards):
        table.add_row("to claim", ", ".join(money(one) for one in rewards if units(one)) + "  [dim](skald claim)[/]")
    mana_rows(table, row, now)
    table.add_row("created", ago(row.get("created", ""), now))
    table.add_row("posts", str(row.get("post_count", 0)))
    if row.get("proxy"):
        table.add_row("votes through", str(row["proxy"]))
    if row.get("witness_votes"):
        table.add_row("votes for", " ".join(row["witness_votes"]))
    console.print(table)
    console.print()
    keys = listing(["!role", "!key or account", "!weight"])
    for role in ("owner", "active", "posting"):
        authority = row.get(role) or {}
        threshold = authority.get("weight_threshold", 1)
        for member, weight in [*authority.get("key_auths", []), *authority.get("account_auths", [])]:
            keys.add_row(role, str(member), f"{weight} of {threshold}")
    keys.add_row("memo", str(row.get("memo_key", "")), "")
    console.print(keys)


def stake_rows(table: Table, row: dict[str, Any], chain: dict[str, Any]) -> None:
    now = chain.get("time")
    for label, member in (
        ("power", "vesting_shares"),
        ("delegated out", "delegated_vesting_shares"),
        ("delegated in", "received_vesting_shares"),
    ):
        vests = units(row.get(member))
        if not vests and member != "vesting_shares":
            continue
        table.add_row(label, f"{money(row.get(member, ''))}{worth_text(vests, chain)}")
    if units(row.get("to_withdraw")):
        table.add_row(
            "power-down",
            f"{money(row.get('vesting_withdraw_rate', ''))} at {ago(str(row.get('next_vesting_withdrawal', '')), now)}",
        )
        left = units(row["to_withdraw"]) - units(row.get("withdrawn"))
        table.add_row("", f"{money(vests_text(left))} to come in all{worth_text(left, chain)}")


def vests_text(amount: int) -> str:
    """VESTS from their smallest unit."""
    return f"{amount // 1_000_000}.{amount % 1_000_000:06d} VESTS"


def worth_text(vests: int, chain: dict[str, Any]) -> str:
    """What VESTS are worth in HIVE, rounded down, as something said in passing; empty where the chain has none."""
    fund, shares = units(chain.get("total_vesting_fund_hive")), units(chain.get("total_vesting_shares"))
    if not shares:
        return ""
    symbol = str(chain.get("total_vesting_fund_hive", " HIVE")).partition(" ")[2]
    worth = vests * fund // shares
    return f"  [dim](worth {worth // 1000:,}.{worth % 1000:03d} {symbol})[/]"


def mana_rows(table: Table, row: dict[str, Any], now: str | None) -> None:
    """Voting power as it is at the chain's now (protocol.md §5.4)."""
    mana = row.get("voting_manabar")
    if not mana or now is None:
        return
    most = (
        units(row.get("vesting_shares"))
        - units(row.get("delegated_vesting_shares"))
        + units(row.get("received_vesting_shares"))
    )
    if units(row.get("to_withdraw")):
        most -= min(units(row.get("vesting_withdraw_rate")), units(row["to_withdraw"]) - units(row.get("withdrawn")))
    passed = int(time_of(now).timestamp()) - int(mana.get("last_update_time", 0))
    regained = most * min(max(passed, 0), VOTING_REGENERATION_SECONDS) // VOTING_REGENERATION_SECONDS
    current = min(most, int(mana.get("current_mana", 0)) + regained)
    if most > 0:
        table.add_row("voting power", f"{percent(current, most)}  [green]{bar(current, most)}[/]")
