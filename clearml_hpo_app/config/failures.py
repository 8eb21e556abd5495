"""What happens when trials go wrong, as a person decides it: one frozen object of the configuration."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from clearml_hpo_app.violations import refuse_boolean


class Failures(BaseModel):
    """When a trial is tried again, when it counts as stalled, and when failures end the run."""

    model_config = ConfigDict(frozen=True, extra="forbid", revalidate_instances="always")

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_only(cls, raw: Any) -> Any:
        return refuse_boolean(raw)

    retries: int = Field(
        default=1,
        ge=0,
        le=100,
        title="Retries of a Failed Experiment",
        description="How often an experiment that failed, was lost with its agent, stalled or ended short is "
        "tried again with the same parameters. It stays one experiment: only its last attempt counts. 0: never",
    )
    max_failed_tasks: int = Field(
        default=10,
        ge=0,
        title="Failed Experiments in a Row",
        description="The run ends when so many experiments in a row have failed, after their retries. 0: it "
        "never does",
    )
    stalled_minutes: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        title="Stalled After (Minutes)",
        description="An experiment that reports no new iteration and no line of log for so long is stopped and "
        "tried again. Empty: never",
    )
