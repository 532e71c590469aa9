"""A chain's state in one file: made of a data directory, checked by anybody, and turned into a data directory again (docs/snapshot.md).

making       a data directory  →  a file
file         the bytes, each part checked by its hash before anything of it is used
trust        what a file proves, and to whom
restoring    a file  →  a data directory
"""
