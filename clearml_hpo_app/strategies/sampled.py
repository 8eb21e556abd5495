"""What the methods that draw points have in common: they ask again for a point that was not seen yet."""

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.errors import SpaceExhausted
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.strategies.axes import axis_of
from clearml_hpo_app.strategies.history import History
from clearml_hpo_app.strategies.seeds import derive_seed
from clearml_hpo_app.trials.trial import Trial


class SampledStrategy(ABC):
    """Draws a point for each trial, until it is one that no trial has.

    A suggestion follows from the space, the history, the seed and the trial's number alone: nothing is kept
    from one suggestion to the next, and all chance comes from `derive_seed`.
    """

    attempts = 32
    """How often a point is drawn before one is picked at random, in a finite space among those that are left."""

    def __init__(self, config: HpoConfig, seed: int) -> None:
        self._space = config.space
        self._seed = seed
        self._axes = tuple(axis_of(parameter) for parameter in self._space.varied)
        self._history = History(self._space, self._axes, config.objectives)

    def observe(self, trial: Trial) -> None:
        """Take in a trial, new or changed."""
        self._history.observe(trial)

    def suggest(self, number: int) -> dict[str, Value]:
        """Return the parameters for trial `number` (0 or more); one that waits may be given its own ones again.

        Raises:
            SpaceExhausted: The space is finite, and another trial has each of its points.
        """
        with self._history.apart_from(number):
            return self._new_point(number)

    def _new_point(self, number: int) -> dict[str, Value]:
        size, seen = self._space.size, self._history.seen
        if size is not None and len(seen) >= size:
            raise SpaceExhausted(f"All {size} points of the search space were tried.")
        for attempt in range(self.attempts):
            values = self._draw(number, attempt)
            if not self._history.is_seen(values):
                return self._space.complete(values)
        rng = random.Random(derive_seed(self._seed, number, "unseen"))  # noqa: S311 - no secret
        if size is not None:
            return self._space.point(self._space.random_unseen(seen, rng))
        return self._space.complete({axis.name: axis.at_fraction(rng.random()) for axis in self._axes})

    @abstractmethod
    def _draw(self, number: int, attempt: int) -> Mapping[str, Value]:
        """Return a value for each varied parameter; each attempt (0, 1, …) is another draw for this trial."""
