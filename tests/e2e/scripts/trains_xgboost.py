"""Trains trees of XGBoost; ClearML reports the objective; what was received is told as scalars."""

import json
from pathlib import Path

import xgboost
from clearml import Task
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

task = Task.init("e2e", "xgboost", auto_resource_monitoring=False)
params = {
    "objective": "binary:logistic",
    "eval_metric": "logloss",
    "eta": 0.1,
    "max_depth": 4,
    "min_child_weight": 1,
    "subsample": 0.9,
    "colsample_bytree": 0.9,
    "lambda": 1.0,
    "alpha": 0.01,
    "nthread": 1,
}
task.connect(params)
features, labels = load_breast_cancer(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(features, labels, random_state=0)
train, test = xgboost.DMatrix(train_x, train_y), xgboost.DMatrix(test_x, test_y)
booster = xgboost.train(params, train, num_boost_round=20, evals=[(test, "validation")])
used = json.loads(booster.save_config())["learner"]["gradient_booster"]["tree_train_param"]
for name in ("eta", "max_depth", "min_child_weight", "subsample", "colsample_bytree", "lambda", "alpha"):
    task.get_logger().report_scalar("received", name, float(used[name]), 0)
Path(f"{task.id}.json").write_text(json.dumps(params), encoding="utf-8")
