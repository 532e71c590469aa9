from beem import Hive, account, block, blockchain, comment, discussions, exceptions, vote
from beemgraphenebase import account as keys
from day import live
from graphene import GrapheneLibrary

live(
    GrapheneLibrary(
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
