"""Measurements of what the README and the architecture promise; each module is a command of its own."""
