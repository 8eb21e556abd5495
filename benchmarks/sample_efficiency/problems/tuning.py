"""Real tuning with scikit-learn's built-in data: cross-validated losses of models that are trained to the end."""

from collections.abc import Sequence
from typing import Any

from benchmarks.sample_efficiency.problems.problem import continuous, listed, logarithmic, stepped
from benchmarks.sample_efficiency.problems.tables import Tabulated

_FOLDS = 3


def _cross_validated(model: Any, data: Any, scoring: str) -> list[float]:
    from sklearn.model_selection import cross_val_score

    return [-float(cross_val_score(model, *data, cv=_FOLDS, scoring=scoring).mean())]


def _digits_forest(values: dict[str, Any]) -> Sequence[float]:
    from sklearn.datasets import load_digits
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(
        n_estimators=values["trees"],
        max_depth=values["depth"],
        max_features=values["features"],
        min_samples_leaf=values["leaf"],
        criterion=values["criterion"],
        random_state=0,
    )
    x, y = load_digits(return_X_y=True)
    return _cross_validated(model, (x[:900], y[:900]), "neg_log_loss")


def _diabetes_kernel(values: dict[str, Any]) -> Sequence[float]:
    from sklearn.datasets import load_diabetes
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR

    x, y = load_diabetes(return_X_y=True)
    model = SVR(C=values["c"], gamma=values["gamma"], epsilon=values["epsilon"])
    data = x, (y - y.mean()) / y.std()
    return _cross_validated(make_pipeline(StandardScaler(), model), data, "neg_mean_squared_error")


def _scaler(name: str) -> Any:
    from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

    return {
        "none": "passthrough",
        "standard": StandardScaler(),
        "minmax": MinMaxScaler(),
        "robust": RobustScaler(),
        "quantile": QuantileTransformer(n_quantiles=50),
    }[name]


def _wine_neighbours(values: dict[str, Any]) -> Sequence[float]:
    from sklearn.datasets import load_wine
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline

    model = KNeighborsClassifier(
        n_neighbors=values["neighbours"], weights=values["weights"], metric=values["metric"]
    )
    data = load_wine(return_X_y=True)
    return _cross_validated(make_pipeline(_scaler(values["scaler"]), model), data, "neg_brier_score")


def _digits_svm(values: dict[str, Any]) -> Sequence[float]:
    from sklearn.datasets import load_digits
    from sklearn.svm import SVC

    x, y = load_digits(return_X_y=True)
    model = SVC(C=values["c"], gamma=values["gamma"], kernel=values["kernel"], degree=values["degree"])
    return [1 + loss for loss in _cross_validated(model, (x[:900] / 16, y[:900]), "accuracy")]


def _svm_matters(values: dict[str, Any]) -> Sequence[str]:
    return ("kernel", "c", "gamma", "degree") if values["kernel"] == "poly" else ("kernel", "c", "gamma")


def _cancer_trees(values: dict[str, Any]) -> Sequence[float]:
    from sklearn.datasets import load_breast_cancer
    from sklearn.ensemble import ExtraTreesClassifier

    model = ExtraTreesClassifier(
        n_estimators=values["trees"],
        max_depth=values["depth"],
        max_features=values["features"],
        min_samples_leaf=values["leaf"],
        class_weight=values["weight"],
        random_state=0,
    )
    return _cross_validated(model, load_breast_cancer(return_X_y=True), "neg_log_loss")


def _diabetes_net(values: dict[str, Any]) -> Sequence[float]:
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import ElasticNet
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    x, y = load_diabetes(return_X_y=True)
    model = make_pipeline(
        _scaler(values["scaler"]),
        PolynomialFeatures(2, interaction_only=values["interactions"], include_bias=False),
        StandardScaler(),
        ElasticNet(alpha=values["alpha"], l1_ratio=values["l1"], max_iter=300),
    )
    return _cross_validated(model, (x, (y - y.mean()) / y.std()), "neg_mean_squared_error")


TUNING = (
    Tabulated(
        "digits-forest",
        "tuning",
        held_out=False,
        parameters=(
            listed("trees", 3, 5, 10, 20, 40),
            stepped("depth", 2, 16, 2),
            listed("features", 2, 4, 8, 16, 32),
            listed("leaf", 1, 2, 4, 8),
            listed("criterion", "gini", "entropy"),
        ),
        train=_digits_forest,
    ),
    Tabulated(
        "diabetes-kernel",
        "tuning",
        held_out=False,
        parameters=(logarithmic("c", 1e-2, 1e3), logarithmic("gamma", 1e-5, 1.0), continuous("epsilon", 0.01, 1)),
        train=_diabetes_kernel,
        nodes={"c": 16, "gamma": 16, "epsilon": 7},
    ),
    Tabulated(
        "wine-neighbours",
        "tuning",
        held_out=False,
        parameters=(
            stepped("neighbours", 1, 40, 1),
            listed("weights", "uniform", "distance"),
            listed("metric", "manhattan", "euclidean", "chebyshev", "canberra"),
            listed("scaler", "none", "standard", "minmax", "robust", "quantile"),
        ),
        train=_wine_neighbours,
    ),
    Tabulated(
        "digits-svm",
        "tuning",
        held_out=True,
        parameters=(
            listed("kernel", "rbf", "poly", "sigmoid"),
            logarithmic("c", 1e-3, 1e3),
            logarithmic("gamma", 1e-5, 10.0),
            stepped("degree", 2, 5, 1),
        ),
        train=_digits_svm,
        nodes={"c": 13, "gamma": 13},
        matters=_svm_matters,
    ),
    Tabulated(
        "cancer-trees",
        "tuning",
        held_out=True,
        parameters=(
            listed("trees", 5, 10, 20, 50, 100),
            stepped("depth", 1, 12, 1),
            listed("features", 1, 3, 5, 10, 20, 30),
            listed("leaf", 1, 2, 3, 5, 10),
            listed("weight", None, "balanced"),
        ),
        train=_cancer_trees,
    ),
    Tabulated(
        "diabetes-net",
        "tuning",
        held_out=True,
        parameters=(
            logarithmic("alpha", 1e-4, 10.0),
            continuous("l1", 0, 1),
            listed("interactions", True, False),
            listed("scaler", "standard", "minmax", "robust", "quantile"),
        ),
        train=_diabetes_net,
        nodes={"alpha": 21, "l1": 9},
    ),
)
