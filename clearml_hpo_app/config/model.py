"""`HpoConfig`: the only place where a setting has its name, type, default, bounds, title and description."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    field_validator,
    model_validator,
)

from clearml_hpo_app.config.cross_checks import cross_checks
from clearml_hpo_app.config.failures import Failures
from clearml_hpo_app.config.limits import Limits
from clearml_hpo_app.errors import InvalidConfig
from clearml_hpo_app.methods import Method
from clearml_hpo_app.objective import Objective
from clearml_hpo_app.space.parameter_set import Combinations
from clearml_hpo_app.space.parameters import AnyParameter, Discrete, Fixed, Uniform
from clearml_hpo_app.space.sdk_ranges import is_sdk_range, translate
from clearml_hpo_app.space.search_space import SearchSpace
from clearml_hpo_app.space.values import split_texts
from clearml_hpo_app.violations import Problem, known_fields, refuse, refuse_boolean, to_violations

EarlyStopping = Literal["auto", "none", "asha", "median"]


SHORTEST_NAME, LONGEST_NAME = 3, 200
"""A server refuses tasks with shorter names."""


class TrialOverrides(BaseModel):
    """What every trial has otherwise than the base task; empty means as the base task has it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, revalidate_instances="always"
    )

    container_image: str = Field(
        default="", title="Container Image", description="Container image to run the experiments in"
    )
    container_arguments: str = Field(
        default="", title="Container Arguments", description="Arguments for starting the container"
    )
    output_uri: str = Field(
        default="",
        title="Output Destination",
        description="Where the experiments upload models and artifacts",
    )
    tags: tuple[str, ...] = Field(
        default=(),
        title="Tags",
        description="Tags that every experiment gets besides those of the application: a list, or text with "
        'commas between them, where quotes protect commas: `digits, "a, b"`',
    )
    branch: str = Field(default="", title="Branch", description="Branch of the repository to run")

    @field_validator("tags", mode="before")
    @classmethod
    def _split_tags(cls, raw: Any) -> Any:
        if not isinstance(raw, str):
            return raw
        with suppress(ValueError):  # a list, as a configuration file has it
            if isinstance(listed := json.loads(raw), list):
                return listed
        try:
            return split_texts(raw)
        except ValueError as error:
            refuse([Problem("close every quote", str(error), "Double a quote that belongs to a tag.")])


_MODELS: Mapping[str, type[BaseModel]] = {
    "limits": Limits,
    "failures": Failures,
    "objectives": Objective,
    "trial": TrialOverrides,
    "parameters.uniform": Uniform,
    "parameters.discrete": Discrete,
    "parameters.fixed": Fixed,
    "parameters.set": Combinations,
}


class HpoConfig(BaseModel):
    """Everything that a person decides about an optimisation.

    Raises:
        InvalidConfig: With *all* violations, when constructed or validated with anything else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    base_task_id: str = Field(
        min_length=1,
        title="Initial Task to Optimize",
        description="ID of an existing ClearML task to optimize. This task will be cloned, and each clone will "
        "sample a different set of hyperparameters values",
    )
    method: Method = Field(
        default="bayesian",
        title="Optimization Method",
        description="The optimization strategy to employ (e.g. random, grid, bayesian)",
    )
    early_stopping: EarlyStopping = Field(
        default="auto",
        title="Early Stopping",
        description="Which experiments are stopped before their end: `asha`, those that are not among the best "
        "third at a rung (successive halving); `median`, those worse than the median at the same iteration; "
        "`auto`, `asha` where it pays; `none`. The Hyperband methods bring their own",
    )
    objectives: tuple[Objective, ...] = Field(
        min_length=1, title="Optimization Objectives", description="The metrics to optimize: one or more"
    )
    execution_queue: str = Field(
        default="default",
        min_length=1,
        title="Execution Queue",
        description="The ClearML Queue to which optimization tasks will be enqueued (make sure an agent is "
        "assigned to that queue)",
    )
    parameters: tuple[AnyParameter, ...] = Field(
        min_length=1,
        title="Parameters to Optimize",
        description="Parameters comprising the optimization space",
    )
    title: str = Field(
        default="",
        title="Optimization Job Title",
        description="Name for the HPO instance. This will appear in the instance list. Empty: named after the "
        "initial task",
    )
    destination_project: str = Field(
        default="",
        title="Optimization Experiments Destination Project",
        description="The project where optimization tasks will be saved. Leave empty to use the same project as "
        "the Initial task",
    )
    max_concurrent_tasks: int = Field(
        default=4,
        ge=1,
        title="Maximum Concurrent Tasks",
        description="The maximum number of simultaneously queued and running experiments (inclusive)",
    )
    queue_ahead: Literal["auto", "off"] = Field(
        default="auto",
        title="Queue Ahead",
        description="`auto`: where experiments are short and as many workers serve the queue as experiments may "
        "run, further ones wait in the queue (one per worker, fewer where the search method learns from results), "
        "so that no worker waits for its next one; `off`: never more than the maximum number of concurrent tasks. "
        "With `auto` a worker that joins may take one that waits ahead before the run notices: choose `off` where "
        "workers come and go and the maximum must hold",
    )
    max_calls_per_minute: int | None = Field(
        default=600,
        ge=30,
        title="Maximum API Calls per Minute",
        description="How many requests the controller sends to the ClearML server within a minute at most; it "
        "spreads them out rather than send more. Logins and uploads of files are not among them, nor what a "
        "controller that was killed had sent. Empty: no limit",
    )
    report_page: Literal["auto", "off"] = Field(
        default="auto",
        title="Report Page",
        description="`auto`: the run gets a page among the reports of the ClearML web UI, with its panels, its "
        "configuration and what its numbers say, named in the description of its task; `off`: it gets none",
    )
    limits: Limits = Field(default_factory=Limits, title="Advanced Configuration", description="Limits of the run")
    failures: Failures = Field(
        default_factory=Failures, title="Failures", description="What happens when experiments go wrong"
    )
    seed: int | None = Field(
        default=None,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="The same seed and the same results give the same suggestions. Empty: another one for each "
        "run",
    )
    grid_order: Literal["random", "listed"] = Field(
        default="random",
        title="Order of a Grid",
        description="Order in which method grid tries the points; `listed`: the last parameter changes fastest",
    )
    trial: TrialOverrides = Field(
        default_factory=TrialOverrides,
        title="Experiment Overrides",
        description="What every experiment has otherwise than the initial task",
    )

    @field_validator("max_concurrent_tasks", "max_calls_per_minute", "seed", mode="before")
    @classmethod
    def _numbers_only(cls, raw: Any) -> Any:
        return refuse_boolean(raw)

    @field_validator("max_calls_per_minute", "seed", mode="before")
    @classmethod
    def _nothing_is_none(cls, raw: Any) -> Any:
        return None if isinstance(raw, str) and not raw.strip() else raw

    @field_validator("title")
    @classmethod
    def _one_line_long_enough(cls, given: str) -> str:
        title = " ".join(given.split())
        if 0 < len(title) < SHORTEST_NAME:
            refuse([Problem(f"have at least {SHORTEST_NAME} characters", repr(title), "Or leave it empty.")])
        if len(title) > LONGEST_NAME:
            refuse([Problem(f"have at most {LONGEST_NAME} characters", f"{len(title)} of them")])
        return title

    @model_validator(mode="wrap")
    @classmethod
    def _all_violations_at_once(cls, data: Any, handler: ModelWrapValidatorHandler["HpoConfig"]) -> "HpoConfig":
        if isinstance(data, cls):
            return data
        data = _with_own_parameters(data)
        try:
            config, errors = handler(data), []
        except ValidationError as error:
            config, errors = None, error.errors()
        violations = [*to_violations(errors, data, known_fields({"": cls, **_MODELS})), *cross_checks(data)]
        if config is None or violations:
            raise InvalidConfig(violations)
        return config

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> "HpoConfig":  # noqa: ARG002
        """Return a copy with some settings changed; raises as the constructor (pydantic's own checks nothing).

        `deep` has no meaning here: everything in it is frozen.
        """
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return type(self)(**{**given, **(update or {})})

    @classmethod
    def from_export(cls, data: Mapping[str, Any]) -> "HpoConfig":
        """Read the content of an export file, or a bare configuration; raises as `config.from_export`."""
        from clearml_hpo_app.config.export import from_export

        return from_export(data)

    def to_export(self) -> dict[str, Any]:
        """Return the content of an export file, as JSON values."""
        from clearml_hpo_app import __version__
        from clearml_hpo_app.config.export import to_export

        return to_export(self, __version__)

    def allowing_new_metrics(self) -> "HpoConfig":
        """Return it with objectives that the base task need not have reported."""
        objectives = [each.model_copy(update={"allow_new_metric": True}) for each in self.objectives]
        return self.model_copy(update={"objectives": objectives})

    @cached_property
    def space(self) -> SearchSpace:
        """The search space that the parameters make up."""
        return SearchSpace(self.parameters)

    @property
    def objective(self) -> Objective:
        """The first objective, which ranks trials within a Pareto front and alone when there is one."""
        return self.objectives[0]


def _with_own_parameters(data: Any) -> Any:
    """Return `data` with the SDK's ranges among its parameters replaced by parameters of ours."""
    given = data.get("parameters") if isinstance(data, Mapping) else None
    if not isinstance(given, Sequence) or isinstance(given, str) or not any(map(is_sdk_range, given)):
        return data
    return {**data, "parameters": translate(given, grid=data.get("method") == "grid").rows}
