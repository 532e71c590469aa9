"""What may be wrong with a snapshot, or with a wish for one."""

from chain.errors import StorageError


class DamagedSnapshot(StorageError):
    code = "damaged_snapshot"
    text = "{path} is damaged or no snapshot: {reason}. Nothing of it was used. Get it anew"


class SnapshotOfAnotherChain(StorageError):
    code = "snapshot_of_another_chain"
    text = "{path} is a snapshot of the chain {found}, not of {expected}. Check `chain.preset`, `chain.genesis_file` and `chain.id`"


class UnprovenSnapshot(StorageError):
    code = "unproven_snapshot"
    text = "{path} does not prove what it should: {reason}. Nothing of it was used. Get one from somebody else"


class WrongTrustedBlock(StorageError):
    code = "wrong_trusted_block"
    text = (
        "The block {block_id} that you trust is not in the chain that {path} tells of. One of the two is of another chain: make sure of "
        "the block, and get the snapshot from somebody else"
    )


class TrustedBlockOutside(StorageError):
    code = "trusted_block_outside"
    text = "{path} tells of the blocks {first} to {last}, and not of block {num}. Ask your source for the id of one of those"


class NotTrusted(StorageError):
    code = "snapshot_not_trusted"
    text = (
        "Nothing but {path} itself says that it is of the right chain. Give `--trusted-block ID`, the id of one of the blocks {first} to "
        "{last} from a source that you trust; or, if you have made the file yourself, `--trust-file`"
    )


class DivergedState(StorageError):
    code = "diverged_state"
    text = (
        "The state of {path} at block {num} has the root {ours}, and a quorum of witnesses attested {theirs}: this state is wrong. "
        "Look after the machine, and make the directory anew from a snapshot or from blocks"
    )


class NothingToSave(StorageError):
    code = "nothing_to_save"
    text = "No block is irreversible yet, so there is nothing that a snapshot could hold"
