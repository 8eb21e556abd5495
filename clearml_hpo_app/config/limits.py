"""The limits of a run, all in one frozen object; the unit stands in the name, `None` is no limit."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from clearml_hpo_app.violations import refuse_boolean


class Limits(BaseModel):
    """When trials are stopped, when they are archived, and when the run ends."""

    model_config = ConfigDict(frozen=True, extra="forbid", revalidate_instances="always")

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_only(cls, raw: Any) -> Any:
        return refuse_boolean(raw)

    total_tasks: int | None = Field(
        default=None,
        ge=1,
        title="Limit Total HPO Experiments",
        description="Maximum total number of optimization experiments: no more trial numbers than this are "
        "ever given out (inclusive). Empty: no limit",
    )
    top_tasks_to_keep: int | None = Field(
        default=None,
        ge=1,
        title="Number of Top Experiments to Save",
        description="Number of best performing experiments to save (the rest are archived). Empty: all are kept",
    )
    task_minutes: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        title="Limit Single Experiment Running Time (Minutes)",
        description="Time limit per optimization experiment. Experiments will be stopped after the specified "
        "time elapsed, counted from the moment when they started running, not while queued. Empty: no limit",
    )
    min_iterations: int | None = Field(
        default=None,
        ge=1,
        title="Minimal Number of Iterations Per Single Experiment",
        description="Some search methods, such as Optuna, prune underperforming experiments. This is the minimum "
        "number of iterations per experiment before it can be stopped early. Iterations are based on the "
        "experiments' own reporting (for example, if experiments report every epoch, then iterations=epochs). "
        "Empty: a twenty-seventh of the maximum (with `median` a tenth), and at least 1",
    )
    max_iterations: int | None = Field(
        default=None,
        ge=1,
        title="Maximum Number of Iterations Per Single Experiment",
        description="Maximum iterations per experiment after which it will be stopped. Iterations are based on "
        "the experiments' own reporting (for example, if experiments report every epoch, then "
        "iterations=epochs). An experiment that reaches it (inclusive) counts as a full result; one with short "
        "iterations passes it by those of the seconds until it is noticed and stopped. Empty: no limit",
    )
    total_minutes: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        title="Limit Total Optimization Instance Time (Minutes)",
        description="Time limit for the whole optimization process (in minutes). Running experiments are "
        "stopped when it is reached. Empty: no limit",
    )
    compute_minutes: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        title="Limit Total Compute Time (Minutes)",
        description="Limit on the sum of the running times of all experiments (in minutes). Running experiments "
        "are stopped when it is reached. Empty: no limit",
    )
