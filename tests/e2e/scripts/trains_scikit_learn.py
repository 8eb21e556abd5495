"""Trains a forest of scikit-learn; tells what it received as scalars."""

import json
from pathlib import Path

from clearml import Task
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

task = Task.init("e2e", "scikit-learn", auto_connect_frameworks=False, auto_resource_monitoring=False)
parameters = {
    "n_estimators": 100,
    "max_depth": 8,
    "min_samples_leaf": 1,
    "max_features": 0.5,
    "criterion": "gini",
}
task.connect(parameters)
features, labels = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(features[:600], labels[:600], random_state=0)
forest = RandomForestClassifier(**parameters, random_state=0).fit(train_x, train_y)
for name in ("n_estimators", "max_depth", "min_samples_leaf", "max_features"):
    task.get_logger().report_scalar("received", name, getattr(forest, name), 0)
task.get_logger().report_scalar("validation", "accuracy", forest.score(test_x, test_y), 0)
Path(f"{task.id}.json").write_text(json.dumps(parameters), encoding="utf-8")
