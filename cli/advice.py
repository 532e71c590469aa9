"""What a person may do about a refusal, by the chain's stable code; by words where another kind of node refuses.

Words in braces are the data of the error. Where one is missing, no advice is given.
"""

from collections.abc import Mapping
from typing import Any

SIGN = "Sign with a key of {account}: --key-file FILE, or import it with `skald wallet import`."
WAIT = "Wait that long, and send it again."

BY_CODE = {
    # accounts
    "unknown_account": "`skald account create {account} --creator NAME` makes it, if the name is meant so.",
    "account_exists": "`skald account show {account}` shows it; choose another name.",
    "invalid_account_name": "Names have 3 to 16 characters out of a-z, 0-9, - and ., and begin with a letter.",
    "wrong_creation_fee": "`skald witness list --json` shows the fees that witnesses wish for; the median counts.",
    "no_claimed_accounts": "Leave --claimed out: {creator} then pays the fee.",
    "owner_update_too_soon": "Wait an hour, and send it again.",
    # signatures
    "missing_posting_authority": SIGN,
    "missing_active_authority": SIGN,
    "missing_owner_authority": SIGN,
    "missing_authority": SIGN,
    "invalid_key": "Public keys look like STM… or PUB_ED_…, private ones like 5… or PVT_ED_….",
    "invalid_memo": "It was written for other memo keys, or was cut.",
    # transactions
    "duplicate_transaction": "The same transaction is already known; nothing is left to do.",
    "transaction_expired": "Build and sign it again; --expires 10m leaves more time.",
    "expiration_too_far": "Build it again with a shorter --expires.",
    "wrong_tapos": "It was built for another chain or branch: build it again with `skald tx build`.",
    "invalid_field": "`skald tx build OPERATION --help` tells what an operation takes.",
    # content
    "unknown_post": "`skald account history {author}` lists what {author} wrote.",
    "post_too_soon": WAIT,
    "reply_too_soon": WAIT,
    "edit_too_soon": WAIT,
    "has_replies": "It can be changed: `skald edit {author}/{permlink}`.",
    "has_positive_votes": "It can be changed with `skald edit`, but what has been voted for stays.",
    "delete_after_payout": "It can be changed with `skald edit`, but what has been paid for stays.",
    "bad_permlink": "Choose a --permlink of a-z, 0-9 and hyphens.",
    "invalid_permlink": "Choose a --permlink of a-z, 0-9 and hyphens.",
    # votes
    "same_vote": "Choose another --weight, or 0% to take the vote back.",
    "zero_vote_weight": "Choose a --weight above or below 0%.",
    "not_enough_mana": "Voting power comes back by a fifth a day; a smaller --weight costs less.",
    "not_enough_downvote_mana": "Voting power comes back by a fifth a day; a smaller --weight costs less.",
    "too_many_vote_changes": "The last vote stands.",
    # resource credits
    "not_enough_credits": "`skald rc show {account}` shows its credits. They come back in five days; `skald power-up` brings more at once, "
    "and anybody may lend some: `skald rc delegate`.",
    "insufficient_credits": "`skald rc show {account}` shows what is left to lend; credits that came from others cannot be lent on.",
    "credit_delegation_too_small": "Lend {least} RC or more, or take it all back with `skald rc undelegate`.",
    # money and stake
    "insufficient_funds": "`skald account show {account}` prints the balances.",
    "insufficient_hive_power": "`skald account show {account}` prints the power; what is delegated cannot be powered down.",
    "not_enough_mana_to_delegate": "What is delegated, powered down or used up by votes cannot be lent: "
    "`skald account show {account}`.",
    "delegation_too_small": "Delegate {least} or more, or `none` to take a delegation back.",
    "nothing_delegated": "`skald account show {delegator}` prints the power.",
    "same_withdraw_rate": "`skald account show {account}` tells whether a power-down runs.",
    "claim_too_large": "`skald account show {account}` prints what is to claim; without amounts everything is claimed.",
    "amount_not_positive": "Give an amount above zero.",
    "order_not_filled": "`skald market book` tells what is offered; without --at-once the order waits.",
    "order_exists": "Leave --id out, or `skald market cancel {orderid} --from {owner}`.",
    "unknown_order": "`skald market orders {owner}` lists those there are.",
    "order_too_long": "Give --for a length of at most {days}d.",
    "conversion_request_exists": "Leave --id out: `skald conversions {owner}` lists those that are taken.",
    "hbd_creation_stopped": "`skald market buy` and `sell` turn one into the other among people.",
    "debt_limit_exceeded": "A smaller amount may do, and `skald market sell` gets HBD from people.",
    "collateral_too_low": "Lock more HIVE.",
    "no_price_feed": "Witnesses must publish a price first: `skald witness feed`.",
    # witnesses
    "unknown_witness": "`skald witness list` names them all; `skald witness register {witness}` makes an account one.",
    "already_voted_for": "`skald witness vote {witness} --account {account} --remove` takes the vote back.",
    "not_voted_for": "`skald account show {account}` tells whom it votes for.",
    "votes_by_proxy": "`skald witness proxy none --account {account}` ends that.",
    "same_proxy": "`skald account show {account}` tells through whom it votes.",
    "proxy_to_self": "`skald witness proxy none --account {account}` lets it vote for itself.",
    "too_many_witness_votes": "Take one back first: `skald witness vote NAME --account {account} --remove`.",
    # chains and files
    "clock_error": "Advance it by less.",
    "not_a_scenario": "A scenario is a folder with block_log, spec.json and dumps.",
    "file_not_json": "hived's chain specification is the spec.json beside a log.",
    "damaged_block_log": "It may be no block log of hived at all, or a copy that was cut short.",
    "missing_member": "hived's chain specification is the spec.json beside a log.",
    "wrong_setting": "`skald node init --help` tells all settings.",
    "unknown_setting": "`skald node init --help` tells all settings.",
}

BY_WORDS = (
    ("missing", "authority", "Sign with a key of that account: --key-file FILE, or `skald wallet import`."),
    ("does not have enough mana", "", "Voting power comes back by a fifth a day; a smaller --weight costs less."),
    ("expired", "", "Build and sign it again; --expires 10m leaves more time."),
    ("duplicate transaction", "", BY_CODE["duplicate_transaction"]),
    ("identical to this vote", "", BY_CODE["same_vote"]),
    ("sufficient funds", "", "`skald account show NAME` prints the balances."),
    ("account", "does not exist", "`skald account create` makes one."),
    ("unknown account", "", "`skald account show NAME` tells whether an account exists."),
    ("could not find method", "", "This node lacks that method; a newer node, or another one (--node), may have it."),
    ("could not find api", "", "This node lacks that API; a newer node, or another one (--node), may have it."),
)
"""Two pieces of a node's reason, in lower case, and the advice: for nodes that have no codes."""


def advice_for_code(code: str, data: Mapping[str, Any]) -> str:
    try:
        return BY_CODE.get(code, "").format(**data)
    except KeyError:
        return ""


def advice_for_words(reason: str) -> str:
    lowered = reason.lower()
    return next((advice for first, second, advice in BY_WORDS if first in lowered and second in lowered), "")
