"""Attempts: which trials are to be tried again, and what their earlier attempts left behind."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict


@dataclass
class Attempts:
    """The ledger of a run's attempts.

    Attributes:
        to_retry: Numbers of the trials that get another attempt, with the sentence why.
        superseded: Earlier attempts that are to be archived, by task id.
        earlier: Attempts that another one took the place of; `earlier_seconds` is their running time.
        failed_in_a_row: Reasons of the trials that failed for good since one last ended well.
    """

    to_retry: dict[int, str] = field(default_factory=dict)
    superseded: dict[str, Trial] = field(default_factory=dict)
    earlier: list[Trial] = field(default_factory=list)
    earlier_seconds: float = 0.0
    failed_in_a_row: list[str] = field(default_factory=list)
    _failed: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def take_in(self, trial: Trial, retries: int) -> None:
        """Take in a trial, new or changed: what becomes of its number follows from its latest attempt."""
        self.to_retry.pop(trial.number, None)
        if not trial.state.is_final or trial.verdict is None:
            return
        if trial.verdict is Verdict.RUN_ENDED:
            self.to_retry[trial.number] = "the run had ended before it did"
        elif trial.verdict.is_retryable:
            failed = self._failed[trial.number]
            failed.add(trial.attempt)
            if len(failed) <= retries:
                why = f" ({trial.reason})" if trial.reason else ""
                self.to_retry[trial.number] = f"its attempt {trial.attempt} {_WORDS[trial.verdict]}{why}"

    def reconsider(self, trials: Mapping[int, Trial], retries: int) -> None:
        """Apply another number of retries to the trials that failed."""
        for number in self._failed:
            self.take_in(trials[number], retries)

    def supersede(self, earlier: Trial) -> None:
        """Take note that another attempt took the place of `earlier`."""
        self.earlier.append(earlier)
        if earlier.ended is not None:
            self.earlier_seconds += earlier.run_seconds(earlier.ended)
        if earlier.state is not TrialState.DELETED and not earlier.archived:
            self.superseded[earlier.task_id] = earlier

    def note_end(self, trial: Trial) -> None:
        """Count failures in a row; called once for each trial that ended, in the order of their ends."""
        if trial.number in self.to_retry or trial.verdict is None:
            return
        if trial.verdict.is_retryable:
            self.failed_in_a_row.append(trial.reason)
        elif trial.verdict.is_full_result:
            self.failed_in_a_row.clear()


_WORDS = {
    Verdict.FAILED: "failed",
    Verdict.LOST: "was lost",
    Verdict.STALLED: "stalled",
    Verdict.SHORT: "ended short",
}
