"""The social state: follows, reblogs, communities, notifications (protocol.md §5.6, docs/social.md).

Follows hivemind's rules, but lives beside consensus in the node itself: derived from a block's operations after they were applied,
committed with the block and undone with it. What is refused here fails neither a block nor a transaction: its author is told.
"""
