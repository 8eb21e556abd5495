"""Whether a server takes the name of a project.

The rule: https://clear.ml/docs/latest/docs/references/api/projects (`create`).
"""

from collections.abc import Iterator

from clearml_hpo_app.clearml_api.instances import project_path
from clearml_hpo_app.errors import UsageError

SHORTEST_PROJECT = 3
DEEPEST_PROJECT = 10


def project_findings(name: str, what: str = "destination project") -> Iterator[str]:
    """Yield a sentence for each reason why a server refuses the project `name`; `what` is what it is for."""
    parts = project_path(name).split("/")
    if min(map(len, parts)) < SHORTEST_PROJECT:
        yield (
            f"Every part of the {what} must have at least {SHORTEST_PROJECT} characters, but it is "
            f"{name!r}. Choose a longer name; / separates nested projects."
        )
    if len(parts) > DEEPEST_PROJECT:
        yield f"The {what} must be nested at most {DEEPEST_PROJECT} levels deep, but {name!r} is deeper."


def require_project(name: str, what: str) -> None:
    """Raise `UsageError` where a server would refuse the project `name`."""
    problems = list(project_findings(name, what))
    if problems:
        raise UsageError("\n".join(problems))
