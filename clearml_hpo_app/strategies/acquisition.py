"""Where an acquisition function is largest: a search that evaluates many points at once.

Optuna's own search follows gradients from few points and walks along each discrete parameter alone, which on mixed
spaces takes thousands of small evaluations. Here a few large ones do: Sobol points over the whole space, then
rounds of ever closer neighbours of the best ones.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from clearml_hpo_app.strategies.axes import Axis

Points = NDArray[np.float64]
"""Points (n × axes) in the unit cube, each coordinate as `Cube` has it."""

ROUNDS = 7
BEST_KEPT = 8
NEIGHBOURS = 24
WIDEST = 0.2
"""Standard deviation of the steps of the first round, as a share of an axis; each round halves it."""


class Cube:
    """The axes as Optuna's Gaussian process has them: from 0 to 1, a whole number in the middle of its share.

    Categories are their indices, not within the unit.
    """

    def __init__(self, axes: Sequence[Axis]) -> None:
        margin = np.array([0.5 if axis.is_whole else 0.0 for axis in axes])
        self._low = np.array([float(axis.low) for axis in axes])
        self._high = np.array([float(axis.high) for axis in axes])
        self._is_log = np.array([axis.is_log for axis in axes])
        self._is_whole = np.array([axis.is_whole for axis in axes])
        self._is_category = np.array([axis.is_category for axis in axes])
        self._start = self._scaled(self._low - margin)
        self._span = np.maximum(self._scaled(self._high + margin) - self._start, np.finfo(float).tiny)

    def neighbours(self, points: Points, width: float, rng: np.random.RandomState) -> Points:
        """Return a neighbour of each point: one coordinate or more is moved, by one value at least."""
        count, axes = points.shape
        is_moved = rng.random_sample((count, axes)) < max(1.5 / axes, 0.25)
        is_moved[np.arange(count), rng.randint(axes, size=count)] = True
        steps = rng.normal(scale=width, size=(count, axes))
        moved = np.clip(1 - np.abs(1 - np.abs(points + steps)), 0, 1)  # what leaves the cube is reflected
        before, after = self._raw(points), self._raw(moved)
        after = np.where(self._is_whole & (after == before), before + np.sign(steps), after)
        whole = (self._scaled(np.clip(after, self._low, self._high)) - self._start) / self._span
        moved = np.where(self._is_whole, whole, moved)
        categories = np.floor(rng.random_sample((count, axes)) * (self._high + 1))
        return np.where(is_moved, np.where(self._is_category, categories, moved), points)

    def _raw(self, points: Points) -> Points:
        scaled = points * self._span + self._start
        raw = np.where(self._is_log, np.exp(np.where(self._is_log, scaled, 0.0)), scaled)
        return np.where(self._is_whole, np.clip(np.floor(raw + 0.5), self._low, self._high), raw)

    def _scaled(self, raw: Points) -> Points:
        return np.where(self._is_log, np.log(np.where(self._is_log, raw, 1.0)), raw)


def maximise(
    evaluate: Callable[[Points], NDArray[np.float64]],
    cube: Cube,
    points: Points,
    rng: np.random.RandomState,
    is_seen: Callable[[NDArray[np.float64]], bool] | None = None,
) -> NDArray[np.float64]:
    """Return the best point that was found.

    Args:
        evaluate: The function, of many points at once.
        cube: Where the neighbours come from.
        points: Where the search begins, as many as possible.
        rng: Where all chance comes from.
        is_seen: Tells of a point that is not to be returned, unless all that were evaluated are such points.
    """
    values = evaluate(points)
    for turn in range(ROUNDS):
        best = np.argsort(-values, kind="stable")[:BEST_KEPT]
        near = cube.neighbours(np.repeat(points[best], NEIGHBOURS, axis=0), WIDEST * 0.5**turn, rng)
        points, values = np.vstack([points, near]), np.append(values, evaluate(near))
    order = np.argsort(-values, kind="stable")
    unseen = (at for at in order if is_seen is None or not is_seen(points[at]))
    chosen: NDArray[np.float64] = points[next(unseen, order[0])]
    return chosen
