"""Delayed votes: new stake that cannot govern yet, in buckets of about a day (protocol.md §4.7).

An account's buckets are a tuple of (time, VESTS) pairs, oldest first; functions return new tuples.
"""

Bucket = tuple[int, int]
Buckets = tuple[Bucket, ...]


def total(buckets: Buckets) -> int:
    """All VESTS that are still delayed."""
    return sum([vests for _, vests in buckets])


def add(buckets: Buckets, vests: int, now: int, bucket_seconds: int) -> Buckets:
    """Puts `vests` into the newest bucket, or into a new one when that is `bucket_seconds` old."""
    if vests == 0:
        return buckets
    if buckets:
        time, held = buckets[-1]
        if now < time + bucket_seconds:
            return (*buckets[:-1], (time, held + vests))
    return (*buckets, (now, vests))


def is_mature(buckets: Buckets, now: int, delay_seconds: int) -> bool:
    """Whether the oldest bucket has waited long enough to become votes."""
    return bool(buckets) and now >= buckets[0][0] + delay_seconds


def withdraw(buckets: Buckets, vests: int) -> tuple[Buckets, int]:
    """Takes `vests` from the newest buckets first: the buckets left, and the part to be taken from votes that are active already."""
    kept = list(buckets)
    while kept and vests > 0:
        time, held = kept.pop()
        if held > vests:
            kept.append((time, held - vests))
            return tuple(kept), 0
        vests -= held
    return tuple(kept), vests
