"""Grid search: every point of a finite space once."""

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.errors import SpaceExhausted
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.strategies.axes import axis_of
from clearml_hpo_app.strategies.history import History
from clearml_hpo_app.strategies.order import ShuffledOrder
from clearml_hpo_app.strategies.seeds import derive_seed
from clearml_hpo_app.trials.trial import Trial


class GridStrategy:
    """Goes through the points in random order, or as they are listed (`grid_order`).

    A suggestion is the first point of that order which no trial has. The place reached is remembered, which
    changes nothing but the cost: a fresh strategy walks to the same place.
    """

    def __init__(self, config: HpoConfig, seed: int) -> None:
        self._space = config.space
        axes = tuple(axis_of(parameter) for parameter in self._space.varied)
        self._history = History(self._space, axes, config.objectives)
        self._order = None
        if config.grid_order == "random":
            self._order = ShuffledOrder(self.size, derive_seed(seed, "grid"))
        self._place = 0
        self._given_back = 0

    @property
    def size(self) -> int:
        """Number of points, all of which are suggested unless the run ends before."""
        return self._space.size or 0

    def observe(self, trial: Trial) -> None:
        """Take in a trial, new or changed."""
        self._history.observe(trial)
        if self._history.given_back != self._given_back:
            self._given_back = self._history.given_back
            self._place = 0

    def suggest(self, number: int) -> dict[str, Value]:  # noqa: ARG002 - the order says which, not the number
        """Return the parameters of the next point.

        Raises:
            SpaceExhausted: A trial has each of the points.
        """
        for place in range(self._place, self.size):
            point = place if self._order is None else self._order.at(place)
            if point not in self._history.seen:
                self._place = place
                return self._space.point(point)
        raise SpaceExhausted(f"All {self.size} points of the search space were tried.")
