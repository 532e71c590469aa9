"""State roots in a node: computed beside its work, attested by its witnesses, and compared with what others attest (docs/finality.md).

The newest final checkpoint counts, and no other. Its root is computed slice by slice, whenever there is nothing better to do. What is
said about it is remembered for the voters of its round, each once, and said again until there is a quorum.
"""

from collections.abc import Iterator
from typing import Final

from chain.chain import Chain
from chain.finality.attestations import Attestation, AttestationBook, BadAttestation, Checkpoint, RootCertificate
from chain.finality.rounds import round_num_of
from chain.finality.votes import SignatureKey
from chain.past import PastForgotten, looking_back, newest_checkpoint
from chain.state_root import RootBuilder, chunks
from node.effects import Effect, GossipAttestation, StateAttested, StateDiverged, StatementRefused
from node.producing import Production

SHARE_SECONDS: Final = 60
"""Between two times that all attestations are said again, the last of them after a quorum was found: some come to a peer too early."""

NEVER: Final = float("inf")


class StateRoots:
    """Of one node. Its witnesses sign with the keys of `production`; a node without any only listens and compares."""

    def __init__(self, chain: Chain, production: Production, *, key_of: SignatureKey | None = None) -> None:
        self.chain = chain
        self.production = production
        self._key_of: SignatureKey = key_of or chain.signers.block_signer
        self._num = 0  # of the newest final checkpoint
        self._book: AttestationBook | None = None
        self._ours: Checkpoint | None = None
        self._certificate: RootCertificate | None = None
        self._slices: Iterator[None] | None = None
        self._share_at: float = NEVER
        self.has_diverged = False
        """A quorum sees another state than ours at the newest checkpoint."""

    @property
    def has_work(self) -> bool:
        """Whether a root is being computed."""
        return self._slices is not None

    # --- inputs

    def set_back(self, seconds: int) -> None:
        """The clock was set back by so much."""
        self._share_at -= seconds

    def look(self, now: float) -> Iterator[Effect]:
        """Time has passed."""
        self._follow(now)
        if self._book is not None and now >= self._share_at:
            self._share_at = now + SHARE_SECONDS if self._certificate is None else NEVER
            for attestation in self._book.heard.values():
                yield GossipAttestation(attestation, "")

    def work(self) -> Iterator[Effect]:
        """Go on with a root, for a few milliseconds."""
        if self._slices is None:
            return
        try:
            next(self._slices)
        except StopIteration:
            self._slices = None
            yield from self._attest()

    def hear(self, attestation: Attestation, source: str, now: float) -> Iterator[Effect]:
        """Those of other checkpoints are passed over: they come too early, and will be said again, or too late."""
        self._follow(now)
        book = self._book
        if book is None or attestation.checkpoint.block_id != book.block_id:
            return
        try:
            is_new = book.add(attestation)
        except BadAttestation as error:
            yield StatementRefused(error, source)
            return
        if is_new:
            yield GossipAttestation(attestation, source)
            yield from self._settle()

    def words(self) -> list[Attestation]:
        """What a peer that has just linked should hear."""
        return [] if self._book is None else list(self._book.heard.values())

    # --- one checkpoint

    def _follow(self, now: float) -> None:
        """Has a newer checkpoint become final?"""
        num = newest_checkpoint(self.chain.irreversible_num, self.chain.params.state_root_interval_blocks)
        if num > self._num:
            self._begin(num, now)

    def _begin(self, num: int, now: float) -> None:
        chain, params = self.chain, self.chain.params
        self._num = num
        self._book = self._ours = self._certificate = self._slices = None
        self.has_diverged = False
        round = chain.finality.round_above(round_num_of(num, params) * params.witnesses_max)
        if round is None:
            return  # from before the snapshot that the chain began with
        block_id = chain.id_of(num)
        self._book = AttestationBook(params.chain_id, round, block_id, key_of=self._key_of)
        self._share_at = now + SHARE_SECONDS
        known = [one for one in chain.finality.root_certificates() if one.checkpoint.block_id == block_id]
        self._certificate = known[0] if known else None
        age_seconds = now - chain.header(num).timestamp
        if not known and age_seconds <= params.state_root_interval_blocks * params.block_interval_seconds:
            self._slices = self._computing(num)  # else we are catching up, and others have long attested it

    def _computing(self, num: int) -> Iterator[None]:
        view = self.chain.backend.view()
        try:
            moment = yield from looking_back(view, num)
            tree = RootBuilder()
            for chunk in chunks(moment.rows):
                tree.add(chunk)
                yield
            self._ours = Checkpoint(moment.block_id, tree.root(), moment.digest)
        except PastForgotten:
            pass  # finality has gone on for two checkpoints meanwhile
        finally:
            view.close()

    def _attest(self) -> Iterator[Effect]:
        """The root is known: let our voters say so."""
        book, ours, keys = self._book, self._ours, self.production.keys
        if book is None or ours is None:
            return
        for voter in book.round.voters:
            if voter.name in self.production.witnesses and voter.key in keys:
                attestation = Attestation.signed(self.chain.params.chain_id, ours, voter.name, keys[voter.key])
                if book.add(attestation):
                    yield GossipAttestation(attestation, "")
        yield from self._settle()

    def _settle(self) -> Iterator[Effect]:
        """Is there a quorum, and does it see what we see?"""
        found = self._book.certificate() if self._book is not None and self._certificate is None else None
        if found is not None:
            self._certificate = found
            self.chain.finality.record_root(found)
            yield StateAttested(found)
        certificate, ours = self._certificate, self._ours
        if certificate is None or ours is None or self.has_diverged:
            return
        if ours != certificate.checkpoint:
            self.has_diverged = True
            yield StateDiverged(ours, certificate.checkpoint)
