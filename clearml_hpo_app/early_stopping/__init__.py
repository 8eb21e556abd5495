"""Early stopping: which trials are not worth finishing, judged by their values at fixed iterations (rungs).

Plain functions of recorded values: no library, no chance beyond a seed, and nothing that a restart could lose.
"""

from clearml_hpo_app.early_stopping.choice import Stopping, choose_stopping
from clearml_hpo_app.early_stopping.ladder import Climb, Curve, Judgement, Ladder
from clearml_hpo_app.early_stopping.rules import make_rule

__all__ = ["Climb", "Curve", "Judgement", "Ladder", "Stopping", "choose_stopping", "make_rule"]
