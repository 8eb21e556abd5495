"""A random order of a grid's points that needs no list of them."""

import hashlib


class ShuffledOrder:
    """A pseudo-random permutation of 0 … size − 1, each place computed on its own.

    A Feistel network over the next power of four, walked until it lands inside (cycle walking), as in Black
    and Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002. A place costs a few hashes, for a grid
    of ten points as for one of 10³⁰.

    Args:
        size: Number of points, 1 or more.
        seed: The same seed gives the same order.
    """

    _ROUNDS = 6

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._seed = seed
        self._half = max((size - 1).bit_length() + 1, 2) // 2
        self._mask = (1 << self._half) - 1

    def at(self, place: int) -> int:
        """Return the point at `place` (0 … size − 1) of the order."""
        point = self._permute(place)
        while point >= self._size:
            point = self._permute(point)
        return point

    def _permute(self, number: int) -> int:
        left, right = number >> self._half, number & self._mask
        for turn in range(self._ROUNDS):
            left, right = right, left ^ self._mix(turn, right)
        return left << self._half | right

    def _mix(self, turn: int, half: int) -> int:
        text = f"{self._seed}/{turn}/{half}".encode()
        return int.from_bytes(hashlib.shake_128(text).digest(self._half // 8 + 1), "big") & self._mask
