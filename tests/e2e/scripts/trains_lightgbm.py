"""Trains trees of LightGBM; ClearML reports the objective; what was received is told as scalars."""

import json
from pathlib import Path

import lightgbm
from clearml import Task
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

task = Task.init("e2e", "lightgbm", auto_resource_monitoring=False)
params = {
    "objective": "binary",
    "metric": "binary_logloss",
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.9,
    "bagging_fraction": 0.9,
    "bagging_freq": 1,
    "lambda_l2": 0.1,
    "num_threads": 1,
    "verbosity": -1,
}
task.connect(params)
features, labels = load_breast_cancer(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(features, labels, random_state=0)
train = lightgbm.Dataset(train_x, train_y)
test = lightgbm.Dataset(test_x, test_y, reference=train)
booster = lightgbm.train(params, train, num_boost_round=20, valid_sets=[test], valid_names=["validation"])
for name in (
    "learning_rate",
    "num_leaves",
    "min_data_in_leaf",
    "feature_fraction",
    "bagging_fraction",
    "lambda_l2",
):
    task.get_logger().report_scalar("received", name, booster.params[name], 0)
Path(f"{task.id}.json").write_text(json.dumps(params), encoding="utf-8")
