"""`skald network status`, over what a node tells."""

import json
from typing import Any

import pytest
from rich.console import Console

from cli.commands.network import view_network

PEER: dict[str, Any] = {
    "identity": "PUB_ED_2AZ9Ydy9zg4TvyYYYXRtLzKNSLuUqJe5HPJR3YWwdzVUmXPVQc",
    "address": "203.0.113.5:2001",
    "direction": "outbound",
    "kind": "outbound",
    "agent": "skald/0.1.0",
    "head_block_num": 12_345,
    "latency_ms": 41.7,
    "clock_offset_ms": -3.0,
    "score": 0,
    "linked_seconds": 7_260,
    "received_bytes": 1_234_567,
    "sent_bytes": 89_000,
    "queued_bytes": 0,
}

ANSWER: dict[str, Any] = {
    "identity": "PUB_ED_27fnhscygiyDwiqfJGy3WXgi4RuC8orBeQK4Vv7W549khnux1b",
    "listening": "127.0.0.1:2001",
    "genesis_id": "6e" * 32,
    "head_block_num": 12_300,
    "head_block_id": "0000300c" + "ab" * 16,
    "head_block_time": "2027-01-15T08:00:00",
    "final_block_num": 12_298,
    "finality_lag_blocks": 2,
    "finality_votes": True,
    "confirmed_block_num": 12_280,
    "sync": {"target_block_num": 12_345, "ranges_asked": 2, "buffered_bytes": 0, "branches": 0},
    "clock": {"offset_ms": -12.0, "peers": 4},
    "addresses": {"known": 120, "reached": 14},
    "banned": [
        {"identity": "PUB_ED_d2TzPp3ReTv8xYQHxjCarq8yMkojpx5YtRjLjgghhXvcoRtPH", "until": "2027-01-16T08:00:00"}
    ],
    "peers": [PEER, PEER | {"direction": "inbound", "address": "[2001:db8::1]:40918", "latency_ms": None}],
}


def shown(answer: dict[str, Any], width: int = 160) -> str:
    console = Console(width=width, force_terminal=False)
    with console.capture() as capture:
        view_network(console, answer)
    return capture.get()


def test_the_operator_sees_who_is_there_and_how_far_everybody_is() -> None:
    text = shown(ANSWER)
    for words in (
        "12,298",
        "2 behind head, by signed votes",
        "12,280",
        "45 blocks up to 12,345",
        "-12 ms",
        "120",
        "203.0.113.5:2001",
        "[2001:db8::1]:40918",
        "42 ms",
        "2 h 1 m",
        "1,234",
        "skald/0.1.0",
        "until 2027-01-16T08:00:00",
    ):
        assert words in text, words
    assert ANSWER["identity"] in text


@pytest.mark.parametrize("width", [80, 160])
def test_every_row_stays_one_line(width: int) -> None:
    lines = shown(ANSWER, width).splitlines()
    assert all(len(line) <= width for line in lines)
    assert sum("203.0.113.5:2001" in line and "12,345" in line for line in lines) == 1


def test_a_node_alone_says_how_to_be_one_of_many() -> None:
    assert "--peer" in shown({"identity": "", "peers": []})
    assert "no peers" in shown(ANSWER | {"peers": []})
    assert json.loads(json.dumps(ANSWER)) == ANSWER
