"""Playing: one search over one problem, and many of them in several processes."""

import json
import multiprocessing
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from benchmarks.sample_efficiency.players import make_search
from benchmarks.sample_efficiency.problems import PROBLEMS, Point, Problem
from benchmarks.sample_efficiency.search import Search
from benchmarks.sample_efficiency.stopping import make_stopping_search, play_stopping

MODES = {"sequential": 1, "parallel_4": 4}
"""Number of trials at a time, by the name in the figures; a new suggestion sees one fewer pending."""

STOPPING = "stopping"
"""The mode with early stopping: four at a time, and the budget in the iterations of so many whole trials."""

_SAID_EVERY_SECONDS = 10.0


class Game(NamedTuple):
    """Who searches what, how, and with which seed."""

    name: str
    problem: str
    mode: str
    seed: int
    budget: int


def play(search: Search, problem: Problem, budget: int, slots: int) -> list[float]:
    """Return the losses of `budget` trials in the order in which they end; infinite for one without a result.

    Trials take equally long, so that the oldest one ends first.
    """
    pending: deque[tuple[int, Point]] = deque()
    losses: list[float] = []

    def end_oldest() -> None:
        number, point = pending.popleft()
        losses.append(problem.losses(point)[-1])
        search.tell(number, losses[-1])

    for number in range(budget):
        if len(pending) == slots:
            end_oldest()
        point = search.ask()
        if point is None:
            losses.append(float("inf"))
        else:
            pending.append((number, point))
    while pending:
        end_oldest()
    return losses


def regrets(game: Game) -> list[float]:
    """Play a game; return the normalised regret of the best loss after each trial, or each tick with stopping."""
    problem = PROBLEMS[game.problem]
    if game.mode == STOPPING:
        stopping = make_stopping_search(game.name, problem, game.seed, game.budget)
        best = play_stopping(stopping, problem, game.budget)
    else:
        slots = MODES[game.mode]
        search = make_search(game.name, problem, game.seed, budget=game.budget, slots=slots)
        best = list(accumulate(play(search, problem, game.budget, slots), min))
    return [round(problem.regret(loss), 6) for loss in best]


def play_all(games: Sequence[Game], jobs: int, kept: Path | None = None) -> dict[Game, list[float]]:
    """Play games and return their regrets.

    Args:
        games: What to play, each once.
        jobs: Number of processes; 1 plays in this one.
        kept: A file to which each game is added when it ends; those that are in it are not played again.
    """
    played = _read(kept) if kept and kept.exists() else {}
    open_games = [game for game in games if game not in played]
    if jobs == 1:
        played |= _said(map(_played, open_games), len(open_games), kept)
    else:
        with multiprocessing.get_context("spawn").Pool(jobs) as pool:
            found = pool.imap_unordered(_played, open_games, chunksize=4)
            played |= _said(found, len(open_games), kept)
    return {game: played[game] for game in games}


def _played(game: Game) -> tuple[Game, list[float]]:
    return game, regrets(game)


def _read(kept: Path) -> dict[Game, list[float]]:
    rows = map(json.loads, kept.read_text().splitlines())
    return {Game(*game): after for game, after in rows}


def _said(
    played: Iterable[tuple[Game, list[float]]], total: int, kept: Path | None
) -> Iterator[tuple[Game, list[float]]]:
    """Pass on what was played, and say how far it is."""
    began = said = time.monotonic()
    for done, (game, after) in enumerate(played, 1):
        yield game, after
        if kept:
            with kept.open("a") as file:
                file.write(json.dumps([game, after]) + "\n")
        if time.monotonic() - said > _SAID_EVERY_SECONDS or done == total:
            said = time.monotonic()
            print(f"{done} of {total} games, {said - began:.0f} s", file=sys.stderr, flush=True)
