"""Reporting: what people see of a run while it goes on, and what is left of it."""
