"""The generated parts of docs/p2p.md: messages byte by byte, states, limits, budgets, offences and reasons, from the declarations."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from types import ModuleType

from node.p2p import (
    ahead,
    announcing,
    branches,
    conduct,
    dialling,
    hub,
    links,
    messages,
    peers,
    place,
    places,
    protocol,
    relay,
    session,
    standing,
    statements,
    suppliers,
    sync,
)
from node.p2p.conduct import ANSWERS, POINTS, RATES
from node.p2p.messages import MESSAGES, Message, encode
from node.p2p.reasons import Reason
from node.p2p.session import ALIVE, TRANSITIONS, State
from tests.helpers.command_docs import cell, doc_of
from tests.helpers.sources import PROJECT, path_of
from tests.node.p2p.examples import EXAMPLES

SHOWN_BYTES_MAX = 12


# --- messages


def p2p_messages() -> Iterator[str]:
    """Every message: what it is for, its fields with their limits, and the bytes of an example, each with its meaning."""
    answers = {answer: question for question, answer in ANSWERS.items()}
    for example in EXAMPLES:
        cls = type(example)
        yield from ("", f"### {cls.__name__}", "", doc_of(cls), "")
        if cls in answers:
            yield from (f"Never without a `{answers[cls].__name__}` before it.", "")
        yield from ("```bytes", *_annotated(example), "```", "")
        yield f"Tag {cls.tag}, at most {cls.layout.size_bytes_max:,} bytes."


def _annotated(message: Message) -> Iterator[str]:
    """Each element of the array on a line, long ones shortened."""
    layout = message.layout
    data = encode(message)
    head = 1 if data[0] & 0xF0 == 0x90 else 3
    count = data[0] & 0x0F if head == 1 else int.from_bytes(data[1:3], "big")
    yield _line(data[:head], f"array of {count}")
    yield _line(data[head : head + 1], f"tag: {type(message).__name__}")
    names = [(name, form.text) for name, form in layout.fields]
    pos = head + 1
    for number in range(count - 1):
        size = _element_bytes(data, pos)
        if number < len(names):
            name, text = names[number]
            meaning = f"{name}: {text}"
        elif layout.rest is not None:
            first = number == len(names)
            meaning = f"{layout.rest[0]}: {layout.rest[1].text}" if first else layout.rest[0]
        yield _line(data[pos : pos + size], meaning)
        pos += size
    if layout.rest is not None and count - 1 == len(names):
        yield _line(b"", f"{layout.rest[0]}: {layout.rest[1].text}; here none")
    assert pos == len(data)


def _line(data: bytes, meaning: str) -> str:
    shown = data[:SHOWN_BYTES_MAX].hex(" ") + (" …" if len(data) > SHOWN_BYTES_MAX else "")
    return f"{shown:<40}{meaning}"


def _element_bytes(data: bytes, pos: int) -> int:
    """The length of one msgpack integer, bin or text."""
    first = data[pos]
    if first < 0x80:
        return 1
    if first & 0xE0 == 0xA0:
        return 1 + (first & 0x1F)
    if first in {0xC4, 0xD9}:
        return 2 + data[pos + 1]
    if first == 0xC5:
        return 3 + int.from_bytes(data[pos + 1 : pos + 3], "big")
    return {0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9}[first]


# --- states


def p2p_states() -> Iterator[str]:
    """What may come when, and where it leads."""
    yield from ("| state | | may come | leads to |", "|---|---|---|---|")
    for state in ALIVE:
        targets: dict[State, list[str]] = {}
        for (before, cls), after in TRANSITIONS.items():
            if before is state:
                targets.setdefault(after, []).append(f"`{cls.__name__}`")
        shown, about = f"`{state.name}`", state.value
        for after, names in targets.items():
            yield f"| {shown} | {about} | {', '.join(names)} | `{after.name}` |"
            shown = about = ""
    yield f"| `{State.CLOSED.name}` | {State.CLOSED.value} | | |"


# --- tables of numbers


def p2p_limits() -> Iterator[str]:
    """Those of a link."""
    yield from _limits(messages, session, conduct, protocol)


def p2p_hub_limits() -> Iterator[str]:
    """Those of what is told, asked for and kept, on all links together."""
    yield from _limits(hub, links, relay, announcing, sync, ahead, suppliers, branches, statements)


def p2p_place_limits() -> Iterator[str]:
    """Those of addresses and links."""
    yield from _limits(places, place, dialling, peers, standing)


def _limits(*modules: ModuleType) -> Iterator[str]:
    """Every constant of the modules that has a reason written under it, and every field of a class of limits."""
    yield from ("| limit | value | why |", "|---|---|---|")
    for module in modules:
        body = ast.parse((PROJECT / path_of(module)).read_text(encoding="utf-8")).body
        for statement in body:
            if isinstance(statement, ast.ClassDef) and statement.name.endswith("Limits"):
                yield from _reasoned(statement.body, getattr(module, statement.name)())
        yield from _reasoned(body, module)


def _reasoned(body: list[ast.stmt], holder: object) -> Iterator[str]:
    for statement, after in pairwise(body):
        name = _constant_name(statement)
        value = getattr(holder, name, None) if name else None
        if isinstance(value, int | float) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            yield f"| `{name}` | {value:,} | {cell(str(after.value.value))} |"


def _constant_name(statement: ast.stmt) -> str:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case _:
            return ""


def p2p_budgets() -> Iterator[str]:
    """What each message costs, and how much there is to spend."""
    yield from ("| message | costs | at once | a second | why |", "|---|---|---|---|---|")
    for cls in MESSAGES.values():
        rate = RATES.get(cls)
        if rate is not None:
            each = " + 1 for each item" if rate.counts_items else ""
            yield f"| `{cls.__name__}` | {rate.base:g}{each} | {rate.burst:,} | {rate.per_second:,} | {cell(rate.why)} |"


def p2p_offences() -> Iterator[str]:
    """What a peer should not do, and its points."""
    yield from ("| offence | points | the peer … |", "|---|---|---|")
    for offence, points in POINTS.items():
        yield f"| `{offence.name}` | {points} | {cell(offence.value)} |"


def p2p_reasons() -> Iterator[str]:
    """Why links end."""
    yield from ("| number | reason | |", "|---|---|---|")
    for reason in Reason:
        yield f"| {reason.value} | `{reason.name}` | {cell(reason.text)} |"
