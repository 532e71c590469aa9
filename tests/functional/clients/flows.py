"""Which clients there are, and the flows that each goes through."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
SCRIPTS: Final = HERE / "scripts"
FENCE: Final = HERE / "fence"

FLOWS: Final = {
    "connect": "",
    "globals": "",
    "accounts": "",
    "create an account": "account_create",
    "transfer": "transfer",
    "power up": "transfer_to_vesting",
    "post": "comment",
    "comment": "comment",
    "vote": "vote",
    "follow": "custom_json",
    "power down": "withdraw_vesting",
    "witness vote": "account_witness_vote",
    "proposal vote": "update_proposal_votes",
    "claim": "claim_reward_balance",
    "history": "",
    "blocks": "",
    "streaming": "transfer",
    "discussions": "",
}
"""What a client does → the operation that it must have brought into a block by that; empty where it only reads."""


@dataclass(frozen=True)
class ClientLibrary:
    """A package that is tested: `script` is its file in scripts/, whose ending tells the language."""

    name: str
    package: str
    script: str

    @property
    def is_python(self) -> bool:
        return self.script.endswith(".py")

    @property
    def account(self) -> str:
        """The newcomer that its flows create."""
        return f"with-{self.name}"


CLIENTS: Final = {
    client.name: client
    for client in (
        ClientLibrary("dhive", "@hiveio/dhive", "with_dhive.mjs"),
        ClientLibrary("hive-js", "@hiveio/hive-js", "with_hivejs.mjs"),
        ClientLibrary("hive-tx", "hive-tx", "with_hivetx.mjs"),
        ClientLibrary("wax", "@hiveio/wax", "with_wax.mjs"),
        ClientLibrary("dsteem", "dsteem", "with_dsteem.mjs"),
        ClientLibrary("steem", "steem", "with_steem.mjs"),
        ClientLibrary("nectar", "hive-nectar", "with_nectar.py"),
        ClientLibrary("beem", "beem", "with_beem.py"),
        ClientLibrary("lighthive", "lighthive", "with_lighthive.py"),
    )
}
