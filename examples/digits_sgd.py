"""Train a small neural network on scikit-learn's digits, and report every epoch to ClearML.

An ordinary ClearML script: it knows nothing of optimisation. Run it once, and its task can be the base task
of an optimisation: its hyperparameters (section `General`) are the search space, `validation/accuracy`
is the objective.

    python examples/digits_sgd.py --epochs 5

Needs `clearml` (set up by `clearml-init`) and `scikit-learn`, which brings the data. The same seed gives the
same numbers.
"""

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
from clearml import Task
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

DEFAULTS: dict[str, Any] = {
    "learning_rate": 0.002,  # worth a search from 0.0001 to 1, on a log scale
    "momentum": 0.9,
    "hidden_units": 64,
    "activation": "relu",  # or tanh, logistic, identity
    "alpha": 0.0001,  # weight of the L2 penalty
    "batch_size": 16,
    "augment": True,  # train on copies moved by one pixel as well
    "epochs": 40,
    "seed": 7,
}


def main() -> None:
    """Run one training as one ClearML task."""
    epochs = parse_epochs()
    # The script reports its own metrics and keeps no model, so the SDK need not watch for either:
    # patching frameworks and sampling the machine would take longer than a training this short.
    task = Task.init(
        project_name="HPO examples",
        task_name="Digits: network trained by SGD",
        auto_connect_arg_parser=False,
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    # What an agent runs gets the task's own values here, cast to the types of these.
    settings = task.connect({**DEFAULTS, "epochs": epochs})
    logger = task.get_logger()
    # Matrices this small only lose time to threads, and trials often share a machine.
    with threadpool_limits(limits=1):
        for epoch, (accuracy, loss) in enumerate(train(settings), start=1):
            logger.report_scalar("validation", "accuracy", value=accuracy, iteration=epoch)
            logger.report_scalar("validation", "loss", value=loss, iteration=epoch)
            print(f"epoch {epoch}: accuracy {accuracy:.4f}, loss {loss:.4f}")


def parse_epochs() -> int:
    """Return the number of epochs that the command line asks for."""
    parser = argparse.ArgumentParser(description="Train a small neural network on scikit-learn's digits.")
    parser.add_argument("--epochs", type=int, default=DEFAULTS["epochs"], help="passes over the data")
    return int(parser.parse_args().epochs)


def train(settings: dict[str, Any]) -> Iterator[tuple[float, float]]:
    """Train epoch by epoch; yield the validation accuracy (0 to 1) and log loss after each."""
    images, labels = load_digits(return_X_y=True)
    x_train, x_valid, y_train, y_valid = train_test_split(
        images / 16.0, labels, test_size=0.3, stratify=labels, random_state=0
    )
    if settings["augment"]:
        x_train, y_train = with_moved_copies(x_train), np.tile(y_train, 5)
    network = MLPClassifier(
        hidden_layer_sizes=(settings["hidden_units"],),
        activation=settings["activation"],
        solver="sgd",
        learning_rate_init=settings["learning_rate"],
        momentum=settings["momentum"],
        alpha=settings["alpha"],
        batch_size=settings["batch_size"],
        random_state=settings["seed"],
    )
    for _ in range(settings["epochs"]):
        network.partial_fit(x_train, y_train, classes=range(10))
        yield float(network.score(x_valid, y_valid)), float(log_loss(y_valid, network.predict_proba(x_valid)))


def with_moved_copies(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the images, then all of them moved by one pixel up, down, left and right."""
    pixels = images.reshape(-1, 8, 8)
    moved = [np.roll(pixels, step, axis) for axis in (1, 2) for step in (-1, 1)]
    return np.concatenate([pixels, *moved]).reshape(-1, 64)


if __name__ == "__main__":
    main()
