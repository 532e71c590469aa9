"""The table of parameters in docs/genesis.md, made from the declarations of chain/params.py and their comments.

`python -m tests.helpers.parameter_docs` writes it anew.
"""

import re
from pathlib import Path

from chain.params import MAINNET
from chain.presets import DEVNET, HIVED_TESTNET

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENT = PROJECT / "docs" / "genesis.md"
BEGIN, END = "<!-- parameters: begin -->\n", "<!-- parameters: end -->\n"

_GROUP = re.compile(r"    # --- (.+)")
_FIELD = re.compile(r"    (\w+): (?:int|bool) = .+?(?:  # (.+))?")


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:,}".replace(",", " ")


def parameter_table() -> str:
    """Markdown, one table for each group of fields."""
    lines: list[str] = []
    source = (PROJECT / "chain" / "params.py").read_text(encoding="utf-8")
    body = source[source.index("class Params:") : source.index("    def hardfork_time")]
    group = ""
    for line in body.splitlines():
        if match := _GROUP.fullmatch(line):
            group = match[1]
            if group != "identity":
                lines += [
                    "",
                    f"### {group}",
                    "",
                    "| name | mainnet | hived-testnet | devnet | |",
                    "|---|---|---|---|---|",
                ]
        elif group != "identity" and (match := _FIELD.fullmatch(line)):
            name, note = match[1], match[2] or ""
            values = " | ".join(_shown(getattr(params, name)) for params in (MAINNET, HIVED_TESTNET, DEVNET))
            lines.append(f"| `{name}` | {values} | {note} |")
    return "\n".join(lines[1:]) + "\n"


def with_table(document: str) -> str:
    """The document with the part between the two marks made anew."""
    before, _, rest = document.partition(BEGIN)
    return before + BEGIN + parameter_table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
