"""Deciding: what a turn does about what was observed; nothing here calls the server."""
