"""Finality by signed votes with a persisted lock (design decision 8; the argument is in docs/finality.md).

    reading      what all of these are read by
    votes        Round, Vote, Certificate: what is said, its binary form, what a quorum is
    evidence     two votes, or two blocks, that no honest witness signs both of
    slots        who made two blocks for one slot
    book         votes that were heard: each counted once, in bounded memory
    ballot       what a witness has voted, which must be on the disk before a vote leaves
    pace         how long to wait, as functions of how often it failed
    rounds       who votes on which blocks, out of the state
    known        which blocks are known to be valid
    attestations what witnesses say of the state at a checkpoint
    archive      what is kept: certificates, evidence, attested roots
    outcomes     what a voter wants done
    voter        the protocol: votes, certificates, blocks and the time in, outcomes out

The protocol is pure: time, blocks and the memory of what was voted come in as arguments.
"""
