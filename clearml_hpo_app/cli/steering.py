"""The commands that steer an optimisation while it runs, and carry on one that has ended."""

from typing import TYPE_CHECKING, Annotated

import typer

from clearml_hpo_app.cli.options import Command, IdArgument, JsonOption
from clearml_hpo_app.cli.output import print_json, say
from clearml_hpo_app.errors import HpoError, NotAnInstance, UsageError
from clearml_hpo_app.statuses import ENDED_STATUSES
from clearml_hpo_app.wording import counted

if TYPE_CHECKING:
    from clearml_hpo_app.controller.steering.answers import Answer

NowOption = Annotated[bool, typer.Option("--now", metavar="", help="Stop the running trials too.")]
NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the trial.", min=0)]
NumbersArgument = Annotated[list[int], typer.Argument(metavar="NUMBER…", help="Numbers of trials.", min=0)]
SettingsArgument = Annotated[
    list[str], typer.Argument(metavar="NAME=VALUE…", help="Settings and their new values; `none` is no limit.")
]
ParametersArgument = Annotated[
    list[str], typer.Argument(metavar="NAME=VALUE…", help="A value for every parameter that varies.")
]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; people read it on the trial.")]
OffOption = Annotated[bool, typer.Option("--off", metavar="", help="Unpin them.")]
CountArgument = Annotated[int, typer.Argument(metavar="COUNT", help="How many more trials.", min=1)]
EnqueueOption = Annotated[
    str, typer.Option("--queue", metavar="NAME", help="Queue for the controller of a run that has ended.")
]
ChangesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME=VALUE…]", help="Settings of the copy that differ.")
]
NameOption = Annotated[str, typer.Option("--name", metavar="TEXT", help="Name of the copy.")]
CloneQueueOption = Annotated[
    str | None,
    typer.Option(
        "--queue", metavar="NAME", help="Enqueue it for an agent; else it is a draft.", show_default=False
    ),
]
HereOption = Annotated[
    bool, typer.Option("--here", metavar="", help="Only raise the limit: run --resume ID carries it on from here.")
]


def stop(task_id: IdArgument, now: NowOption = False, as_json: JsonOption = False) -> None:
    """End an optimization in order.

    No new trials begin, running ones finish, results are kept. Where no controller is at work, or the run has
    ended, what still runs is stopped. Of a task that was deleted, the trials that it left are stopped.
    """
    from clearml_hpo_app.instances.instance import HpoInstance

    try:
        instance = HpoInstance(task_id)
    except NotAnInstance as error:
        _stop_orphans(task_id, error, as_json=as_json)
        return
    before = instance.status()
    left = sum(not trial.state.is_final for trial in instance.trials())
    if before not in ENDED_STATUSES or left:
        instance.stop(now=now)
    after = instance.status()
    if as_json:
        print_json({"id": task_id, "name": instance.name, "before": before, "status": after})
    elif before in ENDED_STATUSES:
        also = f" It had left {counted(left, 'trial')} behind, told to stop now." if left else ""
        say(f"{instance.name} had ended already: {before}.{also}")
    elif after in ENDED_STATUSES:
        say(f"{instance.name} is {after}. Its trials are told to end; if some do not, say it once more.")
    elif now:
        say(f"{instance.name} was told to stop: its controller stops the trials and writes a last report.")
    else:
        at_once = f"clearml-hpo stop {task_id} --now"
        say(f"{instance.name} ends when its running trials have finished. At once: {at_once}")


def _stop_orphans(task_id: str, error: NotAnInstance, *, as_json: bool) -> None:
    from clearml_hpo_app.clearml_api import connect
    from clearml_hpo_app.instances.steering import stop_orphans

    count = stop_orphans(connect(), task_id)
    if not count:
        raise error
    if as_json:
        print_json({"id": task_id, "name": None, "before": "deleted", "status": "deleted", "stopped": count})
    else:
        say(f"The optimization was deleted. It had left {counted(count, 'trial')} behind, told to stop now.")


def pause(task_id: IdArgument, as_json: JsonOption = False) -> None:
    """Start no more trials for now.

    Trials that run go on; those that wait are taken off the queue. The time of the run stands still.
    """
    from clearml_hpo_app.instances.instance import HpoInstance

    _tell({"want": HpoInstance(task_id).pause()}, as_json=as_json)


def resume(task_id: IdArgument, as_json: JsonOption = False) -> None:
    """End a pause.

    A run that was interrupted is carried on with run --resume ID instead.
    """
    from clearml_hpo_app.instances.instance import HpoInstance

    _tell({"want": HpoInstance(task_id).resume()}, as_json=as_json)


def set_(task_id: IdArgument, settings: SettingsArgument, as_json: JsonOption = False) -> None:
    """Change settings of a run while it goes on.

    Every limit, max_concurrent_tasks, execution_queue, retries, max_failed_tasks, stalled_minutes.
    """
    from clearml_hpo_app.instances.instance import HpoInstance

    wanted = {name: None if text.lower() == "none" else text for name, text in _pairs(settings).items()}
    _tell(HpoInstance(task_id).set(**wanted), as_json=as_json)


def add_trial(task_id: IdArgument, parameters: ParametersArgument, as_json: JsonOption = False) -> None:
    """Have parameters of your own tried next."""
    from clearml_hpo_app.instances.instance import HpoInstance
    from clearml_hpo_app.space.values import from_text

    values = {name: from_text(text) for name, text in _pairs(parameters).items()}
    _tell({"add_trial": HpoInstance(task_id).add_trial(values)}, as_json=as_json)


def drop_trial(
    task_id: IdArgument, number: NumberArgument, reason: ReasonOption = "", as_json: JsonOption = False
) -> None:
    """Stop one trial; it is not tried again."""
    from clearml_hpo_app.instances.instance import HpoInstance

    _tell({"drop_trial": HpoInstance(task_id).drop_trial(number, reason)}, as_json=as_json)


def pin(
    task_id: IdArgument, numbers: NumbersArgument, off: OffOption = False, as_json: JsonOption = False
) -> None:
    """Keep trials from being archived, whatever their values."""
    from clearml_hpo_app.instances.instance import HpoInstance

    instance = HpoInstance(task_id)
    _tell({"pinned": (instance.unpin if off else instance.pin)(*numbers)}, as_json=as_json)


def extend(
    task_id: IdArgument,
    count: CountArgument,
    queue: EnqueueOption = "services",
    here: HereOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add more trials to a run that goes on, or that has ended; all its history is kept.

    One that has ended is enqueued, so that an agent carries it on.
    """
    from clearml_hpo_app.instances.instance import HpoInstance

    instance = HpoInstance(task_id)
    has_ended = instance.status() in ENDED_STATUSES
    total = instance.extend(count)
    if has_ended and not here:
        instance.enqueue(queue)
    if as_json:
        print_json({"id": task_id, "total_tasks": total, "queue": queue if has_ended and not here else None})
    elif has_ended and here:
        say(f"The limit is {total} trials now. Carry on with: clearml-hpo run --resume {task_id}")
    elif has_ended:
        say(f"The limit is {total} trials now; the run waits in the queue {queue} for its controller.")
    else:
        say(f"The limit is {total} trials now.")


def clone(
    task_id: IdArgument,
    settings: ChangesArgument = None,
    name: NameOption = "",
    queue: CloneQueueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy an optimization, in whatever state it is; the copy begins from zero.

    Settings may differ, by their flat names as the task's section HPO has them.
    """
    from clearml_hpo_app.instances.instance import HpoInstance
    from clearml_hpo_app.instances.launching import clone as clone_instance

    made = clone_instance(HpoInstance(task_id), name, changes=_pairs(settings or []), queue=queue)
    if as_json:
        print_json({"id": made.id, "name": made.name, "queue": queue})
        return
    print(made.id)  # noqa: T201
    say(f"{made.name} waits in the queue {queue}." if queue else f"{made.name} is a draft: edit and enqueue it.")


def _pairs(texts: list[str]) -> dict[str, str]:
    broken = [text for text in texts if not text.partition("=")[0].strip() or "=" not in text]
    if broken:
        raise UsageError(f"Each must be written NAME=VALUE, but got: {', '.join(map(repr, broken))}.")
    return {name.strip(): value for name, _, value in (text.partition("=") for text in texts)}


def _tell(answers: "dict[str, Answer]", *, as_json: bool) -> None:
    if as_json:
        print_json({name: answer.text for name, answer in answers.items()})
    for name, answer in answers.items():
        if answer.is_refused:
            raise HpoError(f"{name}: {answer.text}")
        if not as_json:
            say(f"{name}: {answer.text}")


COMMANDS = [
    Command("stop", stop, "6f2b… --now"),
    Command("pause", pause, "6f2b…"),
    Command("resume", resume, "6f2b…"),
    Command("set", set_, "6f2b… total_tasks=40 max_concurrent_tasks=8"),
    Command("add-trial", add_trial, "6f2b… Args/lr=0.01 Args/units=32"),
    Command("drop-trial", drop_trial, "6f2b… 7 --reason 'it diverges'"),
    Command("pin", pin, "6f2b… 3 7"),
    Command("extend", extend, "6f2b… 20"),
    Command("clone", clone, "6f2b… total_tasks=50 --queue services"),
]
