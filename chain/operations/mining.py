"""Proofs of work, by which the first accounts were mined; ended with hardforks 13 and 17 (protocol.md §10.1)."""

from hashlib import sha256
from typing import Annotated

from chain.asset import MAINNET
from chain.authority import Authorities, Authority
from chain.errors import InvalidOperation, OperationFailed
from chain.fields import (
    U32,
    U64,
    AccountName,
    BlockId,
    Digest,
    PublicKey,
    Signature,
    Variant,
    Vector,
    struct,
    struct_of,
    wire_type,
)
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import check_account_name
from chain.wire import LEGACY, Packing
from chain.witness_properties import ChainProperties

EQUIHASH_N = 140
EQUIHASH_K = 6


class WrongProofOfWork(InvalidOperation):
    code = "wrong_proof_of_work"
    text = "The proof of work is wrong: {reason}"


class MiningEnded(OperationFailed):
    code = "mining_ended"
    text = "Nothing is mined any more, since hardfork 17"


@struct
class ProofOfWork:
    worker: PublicKey
    input: Digest
    signature: Signature
    work: Digest


@operation(14)
class Pow(Operation):
    """A miner's proof of work.

    Needs no signature: the work is enough (§10.1).
    """

    worker_account: AccountName
    block_id: BlockId
    nonce: U64
    work: ProofOfWork
    props: ChainProperties

    def validate(self, params: Params, /) -> None:
        self.props.check(params, is_canonical=True)
        check_account_name(self.worker_account)
        seed = self.nonce.to_bytes(8, "little") + sha256(self.block_id).digest()[8:]
        if sha256(seed).digest() != self.work.input:
            raise WrongProofOfWork(reason="the input does not follow from block and nonce")
        if not any(self.work.work):
            raise WrongProofOfWork(reason="the work is zero")

    def apply(self, state: State, /) -> None:  # noqa: ARG002  # refused whatever the state
        raise MiningEnded


@struct
class Pow2Input:
    worker_account: AccountName
    prev_block: BlockId
    nonce: U64


@struct
class Pow2Work:
    """The second kind of proof, of hardforks 13 to 15."""

    name = "pow2"

    input: Pow2Input
    pow_summary: U32

    def check(self) -> None:
        check_account_name(self.input.worker_account)


@struct
class EquihashProof:
    n: U32
    k: U32
    seed: Digest
    inputs: Annotated[tuple[int, ...], Vector(wire_type(U32))]


@struct
class EquihashPow:
    """The third kind, of hardfork 16. Whether the inputs solve the puzzle is not computed: nothing can be mined any more."""

    input: Pow2Input
    proof: EquihashProof
    prev_block: BlockId
    pow_summary: U32

    def check(self) -> None:
        check_account_name(self.input.worker_account)
        if self.proof.n != EQUIHASH_N or self.proof.k != EQUIHASH_K:
            raise WrongProofOfWork(reason=f"n and k must be {EQUIHASH_N} and {EQUIHASH_K}")
        packed = struct_of(Pow2Input).encode(self.input, Packing(MAINNET, LEGACY))
        if sha256(packed).digest() != self.proof.seed:
            raise WrongProofOfWork(reason="the seed does not follow from the input")


@operation(30)
class Pow2(Operation):
    """A miner's proof of work of the later kinds; may name the owner key of an account that it creates.

    Signed by the worker's active authority, or by the new owner key (§10.1).
    """

    work: Annotated[Pow2Work | EquihashPow, Variant(Pow2Work, EquihashPow)]
    new_owner_key: PublicKey | None
    props: ChainProperties

    def validate(self, params: Params, /) -> None:
        self.props.check(params, is_canonical=True)
        self.work.check()

    def authorities(self) -> Authorities:
        if self.new_owner_key is not None:
            return Authorities(other=(Authority.of_key(self.new_owner_key),))
        return Authorities(active=(self.work.input.worker_account,))

    def apply(self, state: State, /) -> None:  # noqa: ARG002  # refused whatever the state
        raise MiningEnded
