"""A method that thinks for long holds no turn up."""

from importlib.util import find_spec
from threading import Event

import pytest
from strategy_runs import CONTINUOUS, SMALL, config, running, simulate, suggestions, trial

from clearml_hpo_app.errors import SpaceExhausted, SuggestionPending
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.strategies import Strategy, background, make_strategy
from clearml_hpo_app.strategies.background import BackgroundStrategy
from clearml_hpo_app.trials.trial import Trial

PATIENCE_SECONDS = 60


class Thinker:
    """Suggests the numbers of the trials that it has seen, once it is told to go on."""

    def __init__(self) -> None:
        self.may_go_on = Event()
        self.seen: list[int] = []

    def observe(self, trial: Trial) -> None:
        self.seen.append(trial.number)

    def suggest(self, number: int) -> dict[str, Value]:
        assert self.may_go_on.wait(PATIENCE_SECONDS)
        return {"number": number, "seen": str(self.seen)}


@pytest.fixture
def thinker() -> Thinker:
    return Thinker()


@pytest.fixture
def ready() -> Event:
    return Event()


@pytest.fixture
def strategy(thinker: Thinker, ready: Event) -> BackgroundStrategy:
    return BackgroundStrategy(lambda: thinker, ready.set)


def test_a_suggestion_that_takes_long_is_pending_and_says_when_it_is_there(
    strategy: BackgroundStrategy, thinker: Thinker, ready: Event
):
    with pytest.raises(SuggestionPending, match="trial 0"):
        strategy.suggest(0)
    assert not ready.is_set()
    thinker.may_go_on.set()
    assert ready.wait(PATIENCE_SECONDS)
    assert strategy.suggest(0)["number"] == 0


def test_what_was_observed_before_it_was_first_asked_counts(strategy: BackgroundStrategy, thinker: Thinker):
    strategy.observe(trial(0, {}))
    with pytest.raises(SuggestionPending):
        strategy.suggest(1)
    strategy.observe(trial(7, {}))
    thinker.may_go_on.set()
    assert patiently(strategy, 1)["seen"] == "[0]"
    assert patiently(strategy, 2)["seen"] == "[0, 7]"


def test_a_pending_suggestion_is_dropped_when_its_number_is_not_wanted_any_more(
    strategy: BackgroundStrategy, thinker: Thinker
):
    with pytest.raises(SuggestionPending):
        strategy.suggest(3)
    thinker.may_go_on.set()
    assert patiently(strategy, 4)["number"] == 4


def test_what_the_method_raises_arrives():
    small = config("random", SMALL)
    strategy = BackgroundStrategy(lambda: make_strategy(small, 0), lambda: None)
    for number in range(96):
        strategy.observe(running(number, small.space.point(number)))
    with pytest.raises(SpaceExhausted, match="All 96 points"):
        patiently(strategy, 96)


def test_a_library_that_cannot_be_loaded_is_told_as_such():
    def fail() -> Strategy:
        raise ImportError("no such library")

    with pytest.raises(ImportError, match="no such library"):
        patiently(BackgroundStrategy(fail, lambda: None), 0)


@pytest.mark.skipif(find_spec("torch") is None, reason="the extra gp is not installed")
def test_the_gaussian_process_thinks_in_the_background_and_suggests_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(background, "LONGEST_SECONDS", PATIENCE_SECONDS)
    gp = config("gaussian-process", CONTINUOUS)
    history = simulate(gp, seed=1, total=12)
    strategy = make_strategy(gp, 1, when_ready=lambda: None)
    assert isinstance(strategy, BackgroundStrategy)
    for number, known in enumerate(history[:4]):
        assert repr(strategy.suggest(number)) == suggestions(history)[number]
        strategy.observe(running(number, known.parameters))


def patiently(strategy: BackgroundStrategy, number: int) -> dict[str, Value]:
    """Ask until the suggestion is there."""
    while True:
        try:
            return strategy.suggest(number)
        except SuggestionPending:
            continue
