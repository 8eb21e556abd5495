"""Train a deeper network with Adam on scikit-learn's digits; its settings are command-line options.

The classic way to use ClearML: `Task.init`, then argparse. ClearML keeps every option as a hyperparameter
in section `Args` (`--learning-rate` is `Args/learning_rate`), and an agent that runs the task
hands the task's own values to `parse_args`. The objective is `validation/accuracy`.

    python examples/digits_mlp_argparse.py --layers 3 --learning-rate 0.01

Needs `clearml` (set up by `clearml-init`) and `scikit-learn`, which brings the data. The same seed gives the
same numbers.
"""

import argparse

from clearml import Logger, Task
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits


def main() -> None:
    """Run one training as one ClearML task."""
    # The script reports its own metrics and keeps no model, so the SDK need not watch for either:
    # patching frameworks and sampling the machine would take longer than a training this short.
    # argparse is the exception: connecting it is how the options become hyperparameters.
    Task.init(
        project_name="HPO examples",
        task_name="Digits: network trained by Adam",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    options = parse_options()
    # Matrices this small only lose time to threads, and trials often share a machine.
    with threadpool_limits(limits=1):
        train(options, Logger.current_logger())


def parse_options() -> argparse.Namespace:
    """Return the options of the command line, or of the task when an agent runs it."""
    parser = argparse.ArgumentParser(description="Train a deeper network with Adam on scikit-learn's digits.")
    parser.add_argument("--components", type=int, default=32, help="principal components kept, 1 to 64")
    parser.add_argument("--layers", type=int, default=2, help="hidden layers")
    parser.add_argument("--units", type=int, default=64, help="units of each hidden layer")
    parser.add_argument("--activation", default="relu", choices=["relu", "tanh", "logistic", "identity"])
    parser.add_argument("--learning-rate", type=float, default=0.0003, help="Adam's step size")
    parser.add_argument("--beta1", type=float, default=0.9, help="decay of Adam's mean gradient, below 1")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=40, help="passes over the data")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def train(options: argparse.Namespace, logger: Logger) -> None:
    """Train epoch by epoch; report the training loss and the validation accuracy (0 to 1) after each."""
    images, labels = load_digits(return_X_y=True)
    x_train, x_valid, y_train, y_valid = train_test_split(
        images / 16.0, labels, test_size=0.3, stratify=labels, random_state=0
    )
    reduction = PCA(options.components, whiten=True, random_state=options.seed).fit(x_train)
    x_train, x_valid = reduction.transform(x_train), reduction.transform(x_valid)
    network = MLPClassifier(
        hidden_layer_sizes=(options.units,) * options.layers,
        activation=options.activation,
        learning_rate_init=options.learning_rate,
        beta_1=options.beta1,
        batch_size=options.batch_size,
        random_state=options.seed,
    )
    for epoch in range(1, options.epochs + 1):
        network.partial_fit(x_train, y_train, classes=range(10))
        accuracy = network.score(x_valid, y_valid)
        logger.report_scalar("training", "loss", value=network.loss_, iteration=epoch)
        logger.report_scalar("validation", "accuracy", value=accuracy, iteration=epoch)
        print(f"epoch {epoch}: accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
