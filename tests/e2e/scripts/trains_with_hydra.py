"""A script whose settings are Hydra's; tells what it received as scalars."""

import json
from pathlib import Path

import hydra
from clearml import Task
from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig

DEFAULTS = {
    "optimizer": {"lr": 0.01, "weight_decay": 0.0001},
    "model": {"dropout": 0.1, "hidden": 64},
    "data": {"batch_size": 32},
    "hydra": {"run": {"dir": "."}, "output_subdir": None},
}
ConfigStore.instance().store("config", DEFAULTS)


@hydra.main(version_base=None, config_path=None, config_name="config")
def main(settings: DictConfig) -> None:
    task = Task.init("e2e", "hydra", auto_resource_monitoring=False)
    for group, name in (("optimizer", "lr"), ("optimizer", "weight_decay"), ("model", "dropout")):
        assert isinstance(settings[group][name], float)
        task.get_logger().report_scalar("received", f"{group}.{name}", settings[group][name], 0)
    for group, name in (("model", "hidden"), ("data", "batch_size")):
        assert isinstance(settings[group][name], int)
        task.get_logger().report_scalar("received", f"{group}.{name}", settings[group][name], 0)
    task.get_logger().report_scalar("received", "new.depth", settings.get("new", {}).get("depth", 0), 0)
    task.get_logger().report_scalar("validation", "loss", abs(settings.optimizer.lr - 0.01), 0)
    Path(f"{task.id}.json").write_text(json.dumps({"lr": settings.optimizer.lr}), encoding="utf-8")


main()
