"""How feeds, follows, notifications and communities look to a person."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from cli.output import grid, listing
from cli.views import ago, money


def feed(console: Console, answer: dict[str, Any]) -> None:
    posts = answer["posts"]
    if not posts:
        account = escape(answer["account"])
        console.print(
            f"There is nothing in the feed of {account}. `skald follow NAME --account {account}` puts something into it."
        )
        return
    for post in posts:
        place = f"{post['author']}/{post['permlink']}"
        console.print(f"[bold]{escape(post.get('title') or place)}[/]")
        facts = [f"[cyan]{escape(place)}[/]", ago(post["created"], answer["now"]), money(post["pending_payout_value"])]
        if post.get("reblogged_by"):
            facts.append(f"reblogged by {escape(', '.join(post['reblogged_by']))}")
        console.print(Padding(" · ".join(facts), (0, 0, 0, 2), expand=False))


def notifications(console: Console, answer: dict[str, Any]) -> None:
    rows = answer["notifications"]
    if not rows:
        console.print("There is nothing to be told.")
        return
    table = listing([">#", "!time", ">score", "!what", "", "!where"])
    for row in rows:
        is_new = row["date"].replace("T", " ") > answer["lastread"]
        message = escape(row["msg"])
        table.add_row(
            row["id"],
            row["date"],
            str(row["score"]),
            row["type"],
            f"[bold]{message}[/]" if is_new else message,
            escape(row["url"]),
        )
    console.print(table)
    console.print(f"\n{answer['unread']:,} unread")


def follows(console: Console, answer: dict[str, Any]) -> None:
    table = grid(answer["account"])
    table.add_row("follows", f"{answer['following_count']:,}")
    table.add_row("followers", f"{answer['follower_count']:,}")
    console.print(table)
    for title, names in answer["lists"].items():
        if names:
            console.print(f"\n[bold cyan]{title}[/]")
            console.print(Padding(escape(", ".join(names)), (0, 0, 0, 2), expand=False))


def communities(console: Console, rows: list[dict[str, Any]]) -> None:
    if not rows:
        console.print("There is no such community.")
        return
    table = listing(["!name", "!title", "!type", ">subscribers", "about"])
    for row in rows:
        table.add_row(
            row["name"],
            escape(row["title"]),
            type_name(row["type_id"]),
            f"{row['subscribers']:,}",
            escape(row["about"]),
        )
    console.print(table)


TYPE_NAMES = {1: "topic", 2: "journal", 3: "council"}
WHO_WRITES = {
    1: "everybody posts and replies",
    2: "members post, everybody replies",
    3: "members post and reply",
}


def type_name(type_id: int) -> str:
    return TYPE_NAMES.get(type_id, str(type_id))


def community(console: Console, row: dict[str, Any]) -> None:
    table = grid(f"{row['title']} ({row['name']})")
    table.add_row("about", escape(row["about"] or "–"))
    table.add_row("type", f"{type_name(row['type_id'])}: {WHO_WRITES.get(row['type_id'], '')}")
    table.add_row("language", row["lang"] + (", not safe for work" if row["is_nsfw"] else ""))
    table.add_row("since", row["created_at"])
    table.add_row("subscribers", f"{row['subscribers']:,}")
    for name, role, title in row["team"]:
        table.add_row(role, escape(f"{name} ({title})" if title else name))
    console.print(table)
    for head, text in (("Description", row["description"]), ("What to flag", row["flag_text"])):
        if text:
            console.print(f"\n[bold cyan]{head}[/]")
            console.print(Padding(escape(text), (0, 0, 0, 2), expand=False))


def roles(console: Console, rows: list[list[Any]]) -> None:
    table = listing(["!account", "!role", "title"])
    for name, role, title in rows:
        table.add_row(escape(name), role, escape(title or ""))
    console.print(table)


def subscribers(console: Console, rows: list[list[Any]]) -> None:
    table = listing(["!account", "!role", "!since", "title"])
    for name, role, title, since in rows:
        table.add_row(escape(name), role, since, escape(title or ""))
    console.print(table)
