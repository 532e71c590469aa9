"""Posts, replies, options, votes, and custom operations."""

from chain.asset import HBD, Asset
from chain.operation import Operation
from chain.operations import Comment, CommentOptions, Custom, CustomJson, DeleteComment, Vote
from chain.operations.comment_options import Beneficiary, CommentPayoutBeneficiaries
from tests.property.intents import Intents, Wants


def comment(people: Intents) -> Operation:
    if people.posts and people.often(0.15):
        author, permlink = people.chance.choice(people.posts)  # an edit, mostly
    else:
        people.named += 1
        author, permlink = people.somebody(), f"post-{people.named}"
    parent = people.place() if people.often(0.5) else ("", "skald")
    body = people.mostly("words", "many words " * 20, bad=("", "\udcff"))
    return Comment(*parent, author, permlink, people.mostly("", "A title", bad=("x" * 256,)), body, people.json())


def comment_options(people: Intents) -> Operation:
    extensions: tuple[CommentPayoutBeneficiaries, ...] = ()
    if people.often(0.5):
        count = people.mostly(1, 2, 3, 8, bad=(0, 9, 20))
        names = sorted({people.mostly(people.somebody(), bad=("hive.fund", "null")) for _ in range(count)})
        if people.often(0.05):
            names.reverse()
        shares = tuple(Beneficiary(name, people.mostly(1, 1_000, bad=(2_500, 5_000, 10_000))) for name in names)
        extensions = (CommentPayoutBeneficiaries(shares),)
    return CommentOptions(
        *people.place(),
        Asset(people.mostly(10**9, 10**9, 10**6, 1_000, bad=(0, 1, -1, 10**10)), HBD),
        people.mostly(0, 1, 5_000, 10_000, bad=(10_001,)),
        people.often(0.95),
        people.often(0.95),
        extensions,
    )


def delete_comment(people: Intents) -> Operation:
    return DeleteComment(*people.place())


def vote(people: Intents) -> Operation:
    any_weight = people.chance.randint(-10_000, 10_000)
    weight = people.mostly(10_000, 10_000, 5_000, 100, any_weight, bad=(1, 0, -1, -10_000, 10_001, -10_001))
    return Vote(people.somebody(), *people.place(), weight)


def custom(people: Intents) -> Operation:
    names = tuple(sorted({people.somebody() for _ in range(people.mostly(1, 2, bad=(0,)))}))
    return Custom(names, people.chance.randrange(65_536), people.chance.randbytes(people.mostly(0, 10, bad=(8_193,))))


def custom_json(people: Intents) -> Operation:
    active = tuple(sorted({people.somebody() for _ in range(people.chance.choice((0, 0, 1)))}))
    posting = tuple(sorted({people.somebody() for _ in range(people.mostly(1, 2, bad=(0,)))}))
    return CustomJson(
        active, posting, people.chance.choice(("follow", "rc", "x" * 32)), people.mostly("{}", bad=("", "{"))
    )


WANTS: Wants = (
    (comment, 14),
    (comment_options, 5),
    (delete_comment, 3),
    (vote, 20),
    (custom, 1),
    (custom_json, 3),
)
"""With how often each is drawn."""
