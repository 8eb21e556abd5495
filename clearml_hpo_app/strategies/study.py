"""The history as Optuna's samplers see it: a study that is a view, so there is nothing to rebuild or to copy."""

from collections.abc import Container, Mapping, Sequence

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler
from optuna.storages import InMemoryStorage
from optuna.study import Study, StudyDirection, load_study
from optuna.trial import FrozenTrial, TrialState, create_trial

from clearml_hpo_app.objective import Objective, Values
from clearml_hpo_app.strategies.axes import Axis
from clearml_hpo_app.strategies.history import Told

_LARGEST_WHOLE = 2**53
_GENERATION = {"NSGAIISampler:generation": 0}
"""Every trial that NSGA-II is shown may be a parent of the next one."""


class HistoryView(InMemoryStorage):  # type: ignore[misc]  # Optuna is not followed by mypy
    """Shows trials to a sampler, with the numbers that they have.

    Optuna's own in-memory storage numbers trials as they arrive, can change none that has ended and deletes
    none; this one shows ours and overrides only what a sampler calls.

    Args:
        objectives: What the values of the trials mean.
        trials: What is shown, by number.
    """

    def __init__(self, objectives: Sequence[Objective], trials: Sequence[FrozenTrial]) -> None:
        super().__init__()
        self._directions = [
            StudyDirection.MAXIMIZE if objective.trend == "max" else StudyDirection.MINIMIZE
            for objective in objectives
        ]
        self._shown = trials

    def study(self, sampler: BaseSampler) -> Study:
        """Return a study of the trials."""
        return load_study(study_name="history", storage=self, sampler=sampler)

    def get_study_id_from_name(self, study_name: str) -> int:  # noqa: ARG002 - there is only one
        """Return the id of the one study."""
        return 0

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:  # noqa: ARG002
        """Return the directions of the objectives."""
        return self._directions

    def get_study_system_attrs(self, study_id: int) -> Mapping[str, object]:  # noqa: ARG002
        """Return nothing: no sampler finds anything of an earlier one."""
        return {}

    def get_all_trials(
        self,
        study_id: int,  # noqa: ARG002
        deepcopy: bool = True,  # noqa: ARG002 - samplers change no trial
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """Return the trials, by number."""
        return [trial for trial in self._shown if states is None or trial.state in states]

    def set_trial_system_attr(self, trial_id: int, key: str, value: object) -> None:
        """Drop what a sampler notes on the probe for other processes: there are none."""

    def set_study_system_attr(self, study_id: int, key: str, value: object) -> None:
        """Drop what a sampler notes for its next suggestion: the history is all that counts."""


def probe(number: int) -> FrozenTrial:
    """Return a trial without parameters, to be sampled for; it is not part of a study."""
    return _numbered(number, create_trial(state=TrialState.RUNNING))


def frozen(
    number: int, told: Told, distributions: Mapping[str, BaseDistribution], *, is_cut_complete: bool = False
) -> FrozenTrial:
    """Return a trial as Optuna has it.

    Args:
        number: Its number.
        told: What a sampler is told of it; values beyond what a hypervolume can hold are cut to that.
        distributions: Of each coordinate.
        is_cut_complete: Whether a trial that was stopped early passes for a complete one, for samplers that see
            no others.
    """
    state = TrialState.RUNNING if told.values is None else TrialState.COMPLETE
    values, steps = _within_bounds(told.values), {}
    if told.rung is not None and values and not is_cut_complete:
        state, steps = TrialState.PRUNED, {told.rung: values[0]}
    return _numbered(
        number,
        create_trial(
            state=state,
            values=values,
            intermediate_values=steps,
            params={name: _number(at, distributions[name]) for name, at in told.coordinates.items()},
            distributions=dict(distributions),
            system_attrs=_GENERATION,
        ),
    )


def distribution_of(axis: Axis) -> BaseDistribution:
    """Return the axis as Optuna has it: categories by index, so that 1, True and "1" stay apart."""
    if axis.is_category:
        return CategoricalDistribution(range(int(axis.high) + 1))
    if axis.is_whole and axis.high <= _LARGEST_WHOLE:
        return IntDistribution(axis.low, axis.high, log=axis.is_log)
    return FloatDistribution(float(axis.low), float(axis.high), log=axis.is_log)


def _number(coordinate: float, distribution: BaseDistribution) -> float:
    """Return a coordinate as its distribution has it: NumPy takes no whole number beyond 64 bits."""
    return float(coordinate) if isinstance(distribution, FloatDistribution) else coordinate


def _within_bounds(values: Values | None) -> list[float] | None:
    if values is None:
        return None
    farthest = 10.0 ** (250 / len(values))  # what the hypervolume multiplies must stay finite
    return [min(max(float(value), -farthest), farthest) for value in values]


def _numbered(number: int, trial: FrozenTrial) -> FrozenTrial:
    trial.number = number
    return trial
