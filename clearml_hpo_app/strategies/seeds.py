"""Seeds that depend on nothing but what they are asked for: the same on every machine and Python version."""

import hashlib


def derive_seed(*parts: int | str) -> int:
    """Return 32 bits that follow from `parts` alone; other parts, unrelated bits."""
    text = "/".join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
