"""What a node tells its operator of what its core does: a line in the log, a number in the metrics."""

from collections.abc import Mapping
from typing import Final

from chain.chain import Chain
from chain.types import time_text
from node.effects import (
    BlockApplied,
    BlockRefused,
    BlocksPopped,
    BlockStored,
    Effect,
    FinalityConflict,
    GossipEvidence,
    GossipTransaction,
    Missed,
    SlotMissed,
    StateAttested,
    StateDiverged,
    TransactionAccepted,
    TransactionRefused,
)
from node.logs import Log
from node.metrics import Metrics

MISSED_ADVICE: Final[Mapping[Missed, str]] = {
    Missed.STALE_HEAD: "wait until the node has caught up; only to start a chain again use --witness-stale-production",
    Missed.FEW_WITNESSES: "check the network; witness.participation_percent_min sets the share",
    Missed.NO_KEY: "add the key to witness.keys_file, or set the witness's signing key to one that is there",
    Missed.LATE: "the machine was too busy, or its time was changed",
    Missed.ALREADY_SIGNED: "the next slot will be filled",
    Missed.MAY_HAVE_SIGNED: "wait two rounds; make sure that no other node has the witness's key",
    Missed.CLOCK_SKEWED: "set the machine's clock, and let NTP keep it",
}

CONFLICT_ADVICE: Final = (
    "more than a third of a round's witnesses broke the rules; stop, and agree with others on a block"
)

DIVERGED_ADVICE: Final = "a quorum of witnesses has another state: stop, look after the machine, and make the data directory anew from a snapshot or blocks"

_log = Log("chain")


class Reporter:
    """Of one node."""

    def __init__(self, chain: Chain, metrics: Metrics) -> None:
        self._chain = chain
        self._metrics = metrics

    def report(self, effect: Effect, seconds: float, now: float) -> None:
        """`seconds` is what the input took of which the effect came, `now` when it came in."""
        metrics = self._metrics
        match effect:
            case TransactionAccepted():
                metrics.transactions_admitted.inc()
            case GossipTransaction():  # as often as that, so it should not be asked what else it might be
                pass
            case TransactionRefused(error=error):
                metrics.transactions_rejected.labels(reason=error.code).inc()
                _log.debug("transaction refused", reason=error.code, text=str(error))
            case BlockApplied():
                self._report_block(effect, seconds, now)
            case BlockRefused(block=block, error=error):
                metrics.blocks_rejected.labels(reason=error.code).inc()
                _log.warning("block refused", num=block.num, id=block.id, reason=error.code, text=str(error))
            case BlocksPopped(blocks=blocks):
                metrics.blocks_undone.inc(len(blocks))
                metrics.fork_switch_depth.observe(len(blocks))
                _log.warning("branch left", blocks=len(blocks), newest=blocks[0].id, ancestor=blocks[-1].num - 1)
            case BlockStored(block=block):
                _log.debug("block kept beside our branch", num=block.num, id=block.id)
            case SlotMissed(witness=witness, reason=reason):
                metrics.slots_missed.inc()
                _log.warning("slot missed", witness=witness, reason=reason.value, advice=MISSED_ADVICE[reason])
            case FinalityConflict(ours=ours, theirs=theirs):
                _log.error("two final blocks", ours=ours, theirs=theirs.block_id, advice=CONFLICT_ADVICE)
            case StateAttested(certificate=certificate):
                root = certificate.checkpoint.state_root
                _log.info(
                    "state attested", num=certificate.checkpoint.num, root=root, witnesses=len(certificate.signatures)
                )
            case StateDiverged(ours=ours, theirs=theirs):
                _log.error(
                    "our state is wrong",
                    num=ours.num,
                    ours=ours.state_root,
                    theirs=theirs.state_root,
                    advice=DIVERGED_ADVICE,
                )
            case GossipEvidence(evidence=evidence):
                _log.warning("a witness contradicted itself", witness=evidence.culprit)
            case _:
                pass  # shown with the next block, or for peers and clients

    def _report_block(self, effect: BlockApplied, seconds: float, now: float) -> None:
        block, metrics = effect.block, self._metrics
        operation_count = sum(len(transaction.operations) for transaction in block.transactions)
        metrics.blocks_applied.inc()
        metrics.blocks_produced.inc(int(effect.is_ours))
        metrics.transactions_applied.inc(len(block.transactions))
        metrics.operations_applied.inc(operation_count)
        metrics.block_apply_seconds.observe(seconds)
        late_seconds = max(0.0, now - block.header.timestamp)
        if effect.is_ours:
            metrics.block_lateness_seconds.observe(late_seconds)
        _log.info(
            "block produced" if effect.is_ours else "block applied",
            num=block.num,
            id=block.id,
            time=time_text(block.header.timestamp),
            witness=block.header.witness,
            transactions=len(block.transactions),
            operations=operation_count,
            events=sum(entry.virtual for entry in effect.applied),
            ms=round(seconds * 1000, 1),
            late_ms=round(late_seconds * 1000, 1),
            irreversible=self._chain.irreversible_num,
        )
