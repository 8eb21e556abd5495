"""The history as Optuna's samplers see it: a study that is a view, so there is nothing to rebuild or to copy."""

from collections.abc import Container, Sequence

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler
from optuna.storages import InMemoryStorage
from optuna.study import Study, StudyDirection, load_study
from optuna.trial import FrozenTrial, TrialState, create_trial

from clearml_hpo_app.objective import Objective
from clearml_hpo_app.strategies.axes import Axis
from clearml_hpo_app.strategies.history import Told

_LARGEST_WHOLE = 2**53


class HistoryView(InMemoryStorage):  # type: ignore[misc]  # Optuna is not followed by mypy
    """Shows trials to a sampler, by number, whatever the order in which they were told.

    Optuna's own in-memory storage numbers trials as they arrive, can change none that has ended and deletes
    none; this one reads ours and overrides only what a sampler calls.

    Args:
        axes: The varied parameters.
        objectives: What the values of the trials mean.
    """

    def __init__(self, axes: Sequence[Axis], objectives: Sequence[Objective]) -> None:
        super().__init__()
        self.distributions = {axis.name: distribution_of(axis) for axis in axes}
        self._directions = [
            StudyDirection.MAXIMIZE if objective.trend == "max" else StudyDirection.MINIMIZE
            for objective in objectives
        ]
        self._farthest = 10.0 ** (250 / len(objectives))  # what the hypervolume multiplies must stay finite
        self._told: dict[int, Told] = {}
        self._shown: dict[int, FrozenTrial] = {}

    def tell(self, number: int, told: Told | None) -> None:
        """Show trial `number` as told from now on; `None` hides it."""
        if told is None:
            self._told.pop(number, None)
            self._shown.pop(number, None)
        elif told != self._told.get(number):
            self._told[number] = told
            self._shown[number] = self._frozen(number, told)

    def study(self, sampler: BaseSampler) -> Study:
        """Return a study of the trials told so far; one that is told later needs a new study."""
        return load_study(study_name="history", storage=self, sampler=sampler)

    def probe(self, number: int) -> FrozenTrial:
        """Return a trial without parameters, to be sampled for; it is not part of the study."""
        return _numbered(number, create_trial(state=TrialState.RUNNING))

    def _frozen(self, number: int, told: Told) -> FrozenTrial:
        is_pending, bound = told.values is None, self._farthest
        return _numbered(
            number,
            create_trial(
                state=TrialState.RUNNING if is_pending else TrialState.COMPLETE,
                values=None if is_pending else [min(max(float(at), -bound), bound) for at in told.values or ()],
                params=dict(told.coordinates),
                distributions=self.distributions,
            ),
        )

    def get_study_id_from_name(self, study_name: str) -> int:  # noqa: ARG002 - there is only one
        """Return the id of the one study."""
        return 0

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:  # noqa: ARG002
        """Return the directions of the objectives."""
        return self._directions

    def get_all_trials(
        self,
        study_id: int,  # noqa: ARG002
        deepcopy: bool = True,  # noqa: ARG002 - samplers change no trial
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """Return the trials told so far, by number."""
        shown = [self._shown[number] for number in sorted(self._shown)]
        return shown if states is None else [trial for trial in shown if trial.state in states]

    def set_trial_system_attr(self, trial_id: int, key: str, value: object) -> None:
        """Drop what a sampler notes on the probe for other processes: there are none."""


def distribution_of(axis: Axis) -> BaseDistribution:
    """Return the axis as Optuna has it: categories by index, so that 1, True and "1" stay apart."""
    if axis.is_category:
        return CategoricalDistribution(range(int(axis.high) + 1))
    if axis.is_whole and axis.high <= _LARGEST_WHOLE:
        return IntDistribution(axis.low, axis.high, log=axis.is_log)
    return FloatDistribution(float(axis.low), float(axis.high), log=axis.is_log)


def _numbered(number: int, trial: FrozenTrial) -> FrozenTrial:
    trial.number = number
    return trial
