"""The commands of the application: building and checking its package, and the template task on a server."""

from pathlib import Path
from typing import Annotated, Any

import typer

from clearml_hpo_app.cli.options import Command, JsonOption
from clearml_hpo_app.cli.output import OK, marked, print_json, say, talk_console, write
from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.wording import agent_command, counted

RepositoryOption = Annotated[
    str | None,
    typer.Option(
        "--repository",
        metavar="URL",
        help="Git repository that the agent clones. Without it, the remote origin of this checkout.",
        show_default=False,
    ),
]
BranchOption = Annotated[
    str | None,
    typer.Option("--branch", metavar="NAME", help="Branch of the repository.", show_default=False),
]
TagOption = Annotated[
    str | None,
    typer.Option(
        "--tag",
        metavar="NAME",
        help="Tag of the repository. Without branch and tag, v and the version.",
        show_default=False,
    ),
]
OutputOption = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="The zip to write; replaced if it is there.")
]
FileArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE",
        help="An app.conf, or a zip with one. Without it, the one of this version.",
        show_default=False,
    ),
]
ProjectOption = Annotated[str, typer.Option("--project", metavar="NAME", help="Project of the template.")]
QueueOption = Annotated[
    str, typer.Option("--queue", metavar="NAME", help="Queue for clones, which the template's description names.")
]
PackageOption = Annotated[
    str | None,
    typer.Option(
        "--package",
        metavar="SPEC",
        help="What the agent installs: a wheel's address, a git address or an index name. Without it, the running "
        "version is uploaded with the template.",
        show_default=False,
    ),
]
ReadmeOption = Annotated[
    str | None,
    typer.Option(
        "--readme",
        metavar="URL",
        help="Address of the README for the description. Without it, what the installed package or the remote "
        "origin says.",
        show_default=False,
    ),
]


def build(
    repository: RepositoryOption = None,
    branch: BranchOption = None,
    tag: TagOption = None,
    output: OutputOption = Path("hpo.zip"),
    as_json: JsonOption = False,
) -> None:
    """Build the application package for ClearML Enterprise: a zip that an administrator uploads.

    It holds the launch form, the dashboard and the assets, and names the repository that the apps agent clones.
    The same version and repository give the same bytes.
    """
    from clearml_hpo_app import __version__
    from clearml_hpo_app.app_package.build import build as build_package
    from clearml_hpo_app.app_package.repository import is_in_checkout, source

    origin = source(repository, branch=branch, tag=tag)
    content = build_package(origin)
    try:
        output.write_bytes(content)
    except OSError as error:
        raise UsageError(
            f"{output} must be a file that can be written, but: {error.strerror or error}."
        ) from error
    if repository is None and origin.kind == "tag" and not is_in_checkout(origin.revision):
        say(f"This checkout has no tag {origin.revision}: push one before anybody launches the application.")
    if as_json:
        place = {"repository": origin.repository, origin.kind: origin.revision}
        print_json({"file": str(output), "bytes": len(content), "version": __version__, **place})
        return
    say(f"{output}: version {__version__}, from {origin.repository} at {origin.kind} {origin.revision}.")
    say("An administrator uploads it: upload_apps.py --host API --command upload --files " + str(output))


def validate(file: FileArgument = None, as_json: JsonOption = False) -> None:
    """Check an app.conf, or the zip with it, against the format of ClearML applications.

    Prints every problem with its file, line and path. Placeholders that nobody filled in are problems too. Exit
    code 1 when there are any.
    """
    from clearml_hpo_app.app_package.validate import validate_file, validate_own

    problems = validate_own() if file is None else validate_file(file)
    name = "the app.conf of this version" if file is None else str(file)
    if as_json:
        print_json([_problem_json(problem) for problem in problems])
    elif problems:
        for problem in problems:
            print(problem)  # noqa: T201
        say(f"{counted(len(problems), 'problem')} in {name}")
    else:
        write(talk_console(), marked(OK, f"{name} holds against the format."))
    raise typer.Exit(1 if problems else 0)


def install(
    project: ProjectOption = "Applications",
    queue: QueueOption = "services",
    package: PackageOption = None,
    readme: ReadmeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put the template task "HPO application" on the server, or bring it up to date.

    For a server without an applications page: people clone the template in the ClearML UI, edit the clone and
    enqueue it. The same again changes nothing. An update replaces what was edited on the template itself; clones
    stay.
    """
    from clearml_hpo_app.app_package.repository import readme_address
    from clearml_hpo_app.app_package.template_task import Template
    from clearml_hpo_app.app_package.template_task import install as install_template
    from clearml_hpo_app.clearml_api import connect, queues
    from clearml_hpo_app.instances.package_spec import require_package
    from clearml_hpo_app.preflight.project_check import require_project

    require_package(package)
    require_project(project, "template's project")
    if not queue.strip():
        raise UsageError("The queue must have a name, but it is empty. Leave --queue out for services.")
    if readme and not readme.startswith(("https://", "http://")):
        raise UsageError(f"The README's address must begin with https:// or http://, but it is {readme!r}.")
    client = connect()
    address = readme_address() if readme is None else readme
    done = install_template(client, Template(project, queue, package, address))
    if queues.find_queue(client, queue) is None:
        say(f"There is no queue {queue} yet. An agent that serves it: {agent_command(queue, creates_queue=True)}")
    if not address:
        say("The README's address is not known, so the description has none. Name it: --readme URL")
    if as_json:
        print_json(
            {"id": done.id, "outcome": done.outcome, "before": done.before or None, "address": done.address}
        )
        return
    print(done.id)  # noqa: T201
    before = f" (before: version {done.before})" if done.outcome == "updated" else ""
    say(f"The template task is {done.outcome}{before}. Clone it, edit the clone, enqueue it to {queue}.")
    if done.address:
        say(f"Look at {done.address}")


def uninstall(as_json: JsonOption = False) -> None:
    """Remove the template task from the server; what was cloned of it stays."""
    from clearml_hpo_app.app_package.template_task import uninstall as uninstall_template
    from clearml_hpo_app.clearml_api import connect

    ids = uninstall_template(connect())
    if as_json:
        print_json({"removed": ids})
    elif ids:
        say(f"Removed: {', '.join(ids)}")
    else:
        say("There is no template task on this server.")


def _problem_json(problem: Any) -> dict[str, Any]:
    violation = problem.violation
    return {
        "file": problem.file,
        "line": problem.line or None,
        "path": violation.path,
        "must": violation.must,
        "got": violation.got,
        "todo": violation.todo,
    }


GROUP = "app"
COMMANDS = [
    Command("app build", build, "--repository https://git.example/hpo.git --branch main -o hpo.zip"),
    Command("app validate", validate, "hpo.zip"),
    Command("app install", install, "--queue services --project Applications"),
    Command("app uninstall", uninstall, ""),
]


def app_commands() -> typer.Typer:
    """Return the command `app` with the commands below it."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")

    def about() -> None:
        """The application itself: its package for ClearML Enterprise, its template task for any server."""

    group.callback(help=about.__doc__, epilog="Example: clearml-hpo app install")(about)
    for command in COMMANDS:
        group.command(command.name.split()[1], help=command.help, epilog=command.epilog)(command.run)
    return group
