"""The problems and the seeds, fixed before any rule for choosing a method was written.

Eighteen problems, six of each kind; of each kind, three are held out: nothing is chosen by them.
"""

from benchmarks.sample_efficiency.problems.curves import CURVES
from benchmarks.sample_efficiency.problems.problem import Kind, Point, Problem
from benchmarks.sample_efficiency.problems.synthetic import SYNTHETIC
from benchmarks.sample_efficiency.problems.tables import Tabulated
from benchmarks.sample_efficiency.problems.tuning import TUNING

__all__ = ["PROBLEMS", "SEEDS", "Kind", "Point", "Problem", "Tabulated"]

PROBLEMS: dict[str, Problem] = {problem.name: problem for problem in (*SYNTHETIC, *TUNING, *CURVES)}
"""Every problem by its name."""

SEEDS = tuple(range(20))
"""Each method is run once with each seed; a quick benchmark takes the first ten."""
