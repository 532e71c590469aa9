"""JSON-RPC: one file per API namespace."""
