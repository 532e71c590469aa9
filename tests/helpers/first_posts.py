"""The programs of docs/app-developers.md that make their first post: files that tests run, shown in the document as they are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tests.helpers.sources import PROJECT

FOLDER: Final = PROJECT / "tests" / "functional" / "clients" / "first_posts"


class FirstPost(NamedTuple):
    client: str
    install: str
    file: str
    about: str

    @property
    def path(self) -> Path:
        return FOLDER / self.file

    @property
    def permlink(self) -> str:
        """Of the post that it makes."""
        return f"hello-from-{self.client}"


FIRST_POSTS: Final = (
    FirstPost("dhive", "npm install @hiveio/dhive", "post_with_dhive.mjs", "Set `chainId`: its default is Hive's."),
    FirstPost(
        "hive-js",
        "npm install @hiveio/hive-js",
        "post_with_hive_js.mjs",
        "Set `alternative_api_endpoints`, too: after three errors it turns to public nodes otherwise.",
    ),
    FirstPost(
        "wax",
        "npm install @hiveio/wax @hiveio/dhive",
        "post_with_wax.mjs",
        "It is Hive's own protocol code and signs in the newer binary form. Its keys live in a signer of your choice; here dhive is one.",
    ),
    FirstPost(
        "nectar", "pip install hive-nectar", "post_with_nectar.py", "It asks the node for the chain id by itself."
    ),
    FirstPost("beem", "pip install beem", "post_with_beem.py", "It asks the node for the chain id by itself."),
    FirstPost(
        "lighthive",
        "pip install lighthive",
        "post_with_lighthive.py",
        "It lets the node pack the transaction before it signs, and has no login keys: give it the key itself.",
    ),
)


def first_posts() -> Iterator[str]:
    for one in FIRST_POSTS:
        language = "js" if one.file.endswith(".mjs") else "python"
        program = one.path.read_text(encoding="utf-8").strip()
        yield from ("", f"### {one.client}", "", f"`{one.install}`. {one.about}", "")
        yield from (f"```{language}", program, "```")
