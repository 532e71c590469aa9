"""Alice and friends: accounts as a node shows them, and a key file that holds their keys."""

from pathlib import Path
from typing import Any

from chain.keys import PrivateKey, public_key_text

ROLES = ("owner", "active", "posting", "memo")


def key_of(name: str, role: str) -> PrivateKey:
    return PrivateKey.from_login(name, role, "play")


def public_text(name: str, role: str) -> str:
    return public_key_text(key_of(name, role).public_key)


def account_row(name: str, **changes: Any) -> dict[str, Any]:
    """An account as condenser_api.get_accounts gives it."""
    row: dict[str, Any] = {
        role: {"weight_threshold": 1, "account_auths": [], "key_auths": [[public_text(name, role), 1]]}
        for role in ("owner", "active", "posting")
    }
    row |= {
        "name": name,
        "memo_key": public_text(name, "memo"),
        "balance": "12.345 HIVE",
        "hbd_balance": "0.500 HBD",
        "savings_balance": "0.000 HIVE",
        "savings_hbd_balance": "0.000 HBD",
        "vesting_shares": "1800.000000 VESTS",
        "delegated_vesting_shares": "300.000000 VESTS",
        "received_vesting_shares": "0.000000 VESTS",
        "reward_hive_balance": "0.000 HIVE",
        "reward_hbd_balance": "1.250 HBD",
        "reward_vesting_balance": "7.000000 VESTS",
        "voting_manabar": {"current_mana": "750000000", "last_update_time": 1735690200},
        "to_withdraw": 0,
        "withdrawn": 0,
        "created": "2025-01-01T00:00:00",
        "post_count": 3,
        "proxy": "",
        "witness_votes": ["witness-1"],
    }
    return row | changes


def accounts_answer(*rows: dict[str, Any]) -> Any:
    """What get_accounts answers: those of the names asked for that exist."""
    return lambda params: [row for row in rows if row["name"] in params[0]]


def write_keys(path: Path, *keys: PrivateKey) -> Path:
    path.write_text("# play keys\n" + "".join(f"{key.text}\n" for key in keys))
    path.chmod(0o600)
    return path
