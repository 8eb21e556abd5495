"""Observing: all that a turn reads of the server, and what it makes of it."""
