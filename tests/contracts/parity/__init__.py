"""Parity: recordings of a real ClearML server are replayed against the embedded one, answer by answer.

`recordings` reads them, and `replay` sends them by the recording's clock, with what `setup`, `credentials`, `cuts`
and `bindings` know. `comparison` compares, `accepted` names what may differ, `outcome` judges. `selftest` shows
that a changed answer would be noticed. Run by `scripts/parity`.
"""
