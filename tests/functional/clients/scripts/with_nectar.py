from typing import Any

from day import Row, live
from graphene import GrapheneLibrary
from nectar import Hive, account, block, blockchain, comment, discussions, exceptions, vote
from nectarbase import operations
from nectargraphenebase import account as keys


class Nectar(GrapheneLibrary):
    def do_account_create(self, hive: Any, fields: Row) -> Any:
        """Its create_account takes 1.28.0 for a version before 20 and offers thirty times the fee, which no chain takes."""
        operation = operations.Account_create(**fields, prefix="STM")
        return hive.finalizeOp(operation, fields["creator"], "active")


live(
    Nectar(
        Hive,
        account=account,
        block=block,
        blockchain=blockchain,
        comment=comment,
        discussions=discussions,
        exceptions=exceptions,
        keys=keys,
        vote=vote,
    )
)
