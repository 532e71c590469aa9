"""The deterministic state machine of Skald: no clock, socket, thread or randomness."""

__version__ = "0.1.0"
