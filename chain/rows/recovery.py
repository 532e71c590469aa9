"""What a stolen account is given back by: former owners, and requests that wait for their time (protocol.md §2.7)."""

from dataclasses import dataclass
from typing import ClassVar

from chain.authority import Authority
from chain.row import Row
from chain.rows.accounts import EMPTY_AUTHORITY, as_authority


@dataclass(slots=True)
class OwnerHistory(Row):
    """A former owner authority, valid for recovery for 30 days after it was replaced."""

    converters: ClassVar = {"authority": as_authority()}

    account: str
    id: int
    authority: Authority = EMPTY_AUTHORITY
    last_valid_time: int = 0


@dataclass(slots=True)
class RecoveryRequest(Row):
    """A new owner authority that a recovery account has proposed, and the owner must confirm within a day."""

    converters: ClassVar = {"new_owner_authority": as_authority()}

    account: str
    id: int
    new_owner_authority: Authority = EMPTY_AUTHORITY
    expires: int = 0


@dataclass(slots=True)
class RecoveryAccountChange(Row):
    """Another recovery account, which an account will have in 30 days."""

    account: str
    id: int
    recovery_account: str = ""
    effective_on: int = 0
