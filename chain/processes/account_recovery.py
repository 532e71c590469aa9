"""What a theft is undone by has its time: requests lapse, former owners are forgotten, and chosen recovery accounts take over (§2.7)."""

from chain.events import ChangedRecoveryAccount
from chain.state import State


def process_account_recovery(state: State) -> None:
    """Lapse, forget, take over, in this order."""
    _drop_expired_requests(state)
    _forget_former_owners(state)
    _change_recovery_accounts(state)


def _drop_expired_requests(state: State) -> None:
    for request in state.recovery_requests.by_expiration.until((state.now,)):
        state.recovery_requests.remove(request.account)


def _forget_former_owners(state: State) -> None:
    """Those of the very second still count."""
    for row in state.owner_history.by_age.until((state.now - state.params.owner_history_seconds - 1,)):
        state.owner_history.remove((row.account, row.id))


def _change_recovery_accounts(state: State) -> None:
    """By time, then name. It is told also where nothing changes."""
    for change in state.recovery_account_changes.by_effective_date.until((state.now,)):
        keys = state.account_keys.edit(change.account)
        state.emit(ChangedRecoveryAccount(change.account, keys.recovery_account, change.recovery_account))
        keys.recovery_account = change.recovery_account
        state.recovery_account_changes.remove(change.account)
