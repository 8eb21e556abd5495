"""Real learning curves with scikit-learn's built-in data: the loss on held-back data after each iteration."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks.sample_efficiency.problems.problem import continuous, listed, logarithmic, stepped
from benchmarks.sample_efficiency.problems.tables import LARGEST_LOSS, Tabulated

_EPOCHS = 27
_ROUNDS = 50
_DIVERGED = re.compile(r"non-finite|infinity|overflow|NaN")  # scikit-learn's words for weights that went astray


def _split(load: Callable[..., Any], *, regression: bool = False) -> Any:
    """Return training and held-back data (x, x, y, y), scaled; a regression's target has variance 1."""
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    x, y = load(return_X_y=True)
    y = (y - y.mean()) / y.std() if regression else y
    train, held, labels, held_labels = train_test_split(x, y, test_size=0.4, random_state=0)
    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(held), labels, held_labels


def _bounded(losses: Iterator[float], iterations: int) -> list[float]:
    """Return the losses up to the first one that diverged, and the largest loss from there on."""
    kept: list[float] = []
    try:
        for loss in losses:
            if not math.isfinite(loss) or loss > LARGEST_LOSS:
                break
            kept.append(loss)
    except ValueError as error:
        if not _DIVERGED.search(str(error)):
            raise
    return kept + [LARGEST_LOSS] * (iterations - len(kept))


def _classified(model: Any, data: Any, epochs: int) -> Iterator[float]:
    from sklearn.metrics import log_loss

    train, held, labels, held_labels = data
    classes = sorted(set(labels))
    for _ in range(epochs):
        model.partial_fit(train, labels, classes=classes)
        yield float(log_loss(held_labels, model.predict_proba(held), labels=classes))


def _network(values: dict[str, Any], load: Callable[..., Any]) -> Sequence[float]:
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        hidden_layer_sizes=(values["units"],),
        learning_rate_init=values["lr"],
        batch_size=values["batch"],
        activation=values["activation"],
        alpha=values.get("alpha", 1e-4),
        solver=values.get("solver", "adam"),
        random_state=0,
    )
    return _bounded(_classified(model, _split(load), _EPOCHS), _EPOCHS)


def _digits_network(values: dict[str, Any]) -> Sequence[float]:
    from sklearn.datasets import load_digits

    return _network(values, load_digits)


def _cancer_network(values: dict[str, Any]) -> Sequence[float]:
    from sklearn.datasets import load_breast_cancer

    return _network(values, load_breast_cancer)


def _cancer_linear(values: dict[str, Any]) -> Sequence[float]:
    from sklearn.datasets import load_breast_cancer
    from sklearn.linear_model import SGDClassifier

    model = SGDClassifier(
        loss="log_loss",
        alpha=values["alpha"],
        eta0=values["eta"],
        learning_rate=values["schedule"],
        penalty=values["penalty"],
        random_state=0,
    )
    return _bounded(_classified(model, _split(load_breast_cancer), _EPOCHS), _EPOCHS)


def _cancer_matters(values: dict[str, Any]) -> Sequence[str]:
    kept = ("alpha", "schedule", "penalty")
    return kept if values["schedule"] == "optimal" else (*kept, "eta")


def _diabetes_linear(values: dict[str, Any]) -> Sequence[float]:
    """Learn from noisy squares of the data, whose steps may explode: a loss with a heavy tail."""
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import SGDRegressor

    model = SGDRegressor(
        loss="squared_error",
        penalty="elasticnet",
        alpha=values["alpha"],
        l1_ratio=values["l1"],
        eta0=values["eta"],
        learning_rate="invscaling",
        power_t=values["power"],
        random_state=0,
    )
    return _bounded(_regressed(model, _split(load_diabetes, regression=True)), _EPOCHS)


def _regressed(model: Any, data: Any) -> Iterator[float]:
    from sklearn.preprocessing import PolynomialFeatures

    train, held, y, held_y = data
    squares = PolynomialFeatures(2, include_bias=False).fit(train)
    for _ in range(_EPOCHS):
        model.partial_fit(squares.transform(train), y)
        yield float(((model.predict(squares.transform(held)) - held_y) ** 2).mean())


def _boosted(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "n_estimators": _ROUNDS,
        "learning_rate": values["lr"],
        "max_depth": values["depth"],
        "subsample": values["sample"],
        "max_features": values["features"],
        "random_state": 0,
    }


def _digits_boosting(values: dict[str, Any]) -> Sequence[float]:
    """Tell even digits from odd ones."""
    from sklearn.datasets import load_digits
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.metrics import log_loss

    train, held, labels, held_labels = _split(load_digits)
    model = GradientBoostingClassifier(**_boosted(values)).fit(train, labels % 2)
    stages = model.staged_predict_proba(held)
    return _bounded((float(log_loss(held_labels % 2, stage)) for stage in stages), _ROUNDS)


def _diabetes_boosting(values: dict[str, Any]) -> Sequence[float]:
    from sklearn.datasets import load_diabetes
    from sklearn.ensemble import GradientBoostingRegressor

    train, held, y, held_y = _split(load_diabetes, regression=True)
    model = GradientBoostingRegressor(loss=values["loss"], **_boosted(values)).fit(train, y)
    return _bounded((float(((stage - held_y) ** 2).mean()) for stage in model.staged_predict(held)), _ROUNDS)


CURVES = (
    Tabulated(
        "digits-network",
        "curve",
        held_out=False,
        parameters=(
            logarithmic("lr", 1e-4, 0.3),
            listed("units", 8, 16, 32, 64, 128),
            listed("batch", 16, 32, 64, 128, 256),
            listed("activation", "relu", "tanh", "logistic"),
        ),
        train=_digits_network,
        nodes={"lr": 11},
    ),
    Tabulated(
        "diabetes-linear",
        "curve",
        held_out=False,
        parameters=(
            logarithmic("eta", 1e-5, 0.3),
            logarithmic("alpha", 1e-5, 10.0),
            continuous("power", 0, 0.8),
            continuous("l1", 0, 1),
        ),
        train=_diabetes_linear,
        nodes={"eta": 16, "alpha": 10, "power": 5, "l1": 3},
    ),
    Tabulated(
        "digits-boosting",
        "curve",
        held_out=False,
        parameters=(
            listed("lr", 0.01, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0),
            stepped("depth", 1, 6, 1),
            listed("sample", 0.3, 0.5, 0.8, 1.0),
            listed("features", 2, 4, 8, 16, 64),
        ),
        train=_digits_boosting,
    ),
    Tabulated(
        "cancer-network",
        "curve",
        held_out=True,
        parameters=(
            logarithmic("lr", 1e-4, 0.3),
            logarithmic("units", 2, 128),
            listed("batch", 8, 32, 128),
            listed("activation", "relu", "tanh"),
            listed("solver", "adam", "sgd"),
        ),
        train=_cancer_network,
        nodes={"lr": 11, "units": 7},
    ),
    Tabulated(
        "cancer-linear",
        "curve",
        held_out=True,
        parameters=(
            logarithmic("alpha", 1e-6, 1.0),
            logarithmic("eta", 1e-4, 10.0),
            listed("schedule", "constant", "invscaling", "optimal"),
            listed("penalty", "l2", "l1", "elasticnet"),
        ),
        train=_cancer_linear,
        nodes={"alpha": 13, "eta": 11},
        matters=_cancer_matters,
    ),
    Tabulated(
        "diabetes-boosting",
        "curve",
        held_out=True,
        parameters=(
            listed("lr", 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5),
            stepped("depth", 1, 6, 1),
            listed("sample", 0.3, 0.5, 0.8, 1.0),
            stepped("features", 1, 10, 3),
            listed("loss", "squared_error", "absolute_error", "huber"),
        ),
        train=_diabetes_boosting,
    ),
)
