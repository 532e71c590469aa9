"""The command line: builds and signs operations, talks JSON-RPC."""
