"""Hive's own client libraries, unmodified, against a devnet in a process of its own.

flows.py says which clients there are and what each has to do; scripts/ does it, one script a client in the client's own language;
packages.py installs them in a cache, suite.py runs them, results.json keeps what they last did, and docs/clients.md shows it.
"""
