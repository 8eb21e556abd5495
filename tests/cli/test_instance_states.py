"""Where an optimisation stands, in one word, and what people are told of one that nobody controls."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from cli_server import Api, wait_until
from shell import Shell

from clearml_hpo_app.clearml_api import tasks
from clearml_hpo_app.clearml_api.connecting import connect_to
from clearml_hpo_app.clearml_api.rows import TaskRow, read_row
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.controller.lease import HEARTBEAT, RUNTIME_RUN, Handover, Lease
from clearml_hpo_app.instances.launching import create_instance
from clearml_hpo_app.instances.standing import STARTS_WITHIN, progress_of, state_of
from clearml_hpo_app.local.server import ServerAddress

NOW = datetime(2026, 11, 2, 8, tzinfo=timezone.utc)


def row(started_ago: timedelta, lease: Lease | None = None) -> TaskRow:
    texts = {HEARTBEAT: lease.to_text()} if lease else {}
    properties = {name: {"section": "properties", "name": name, "value": text} for name, text in texts.items()}
    return read_row(
        {
            "id": "task",
            "status": "in_progress",
            "started": (NOW - started_ago).isoformat(),
            "runtime": {RUNTIME_RUN: "run"},
            "hyperparams": {"properties": properties},
        },
        (),
    )


def lease(at_ago: timedelta, lasts: timedelta) -> Lease:
    at = NOW - at_ago
    return Lease("task", "run", at, at + lasts, Handover(), "nonce", host="another host")


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (row(MINUTE), "starting"),
        (row(STARTS_WITHIN + MINUTE), "uncontrolled"),
        (row(MINUTE, lease(2 * MINUTE, MINUTE / 2)), "starting"),
        (row(3 * MINUTE, lease(2 * MINUTE, MINUTE / 2)), "uncontrolled"),
        (row(3 * MINUTE, lease(MINUTE / 6, MINUTE / 2)), "running"),
    ],
    ids=["just started", "started long ago", "resumed after another", "its controller is gone", "held"],
)
def test_a_task_without_a_controller_starts_for_a_while_and_then_misses_it(seen: TaskRow, state: str) -> None:
    assert state_of(seen, NOW) == state


def test_progress_is_what_the_lease_has_which_is_newer_or_else_the_runtime_map() -> None:
    held = lease(MINUTE / 6, MINUTE / 2)
    assert progress_of(row(MINUTE)) is None
    assert progress_of(row(MINUTE, replace(held, progress=40))) == 40
    seen = row(MINUTE, replace(held, progress=40))
    assert progress_of(replace(seen, runtime={**seen.runtime, "progress": "55"})) == 40, (
        "it may have been extended"
    )
    seen = row(MINUTE, held)
    assert progress_of(replace(seen, runtime={**seen.runtime, "progress": "155"})) == 100
    assert progress_of(replace(seen, runtime={**seen.runtime, "progress": "much"})) is None


def test_every_command_says_that_a_controller_is_gone(
    address: ServerAddress, api: Api, data: dict[str, Any], shell: Shell
) -> None:
    client = connect_to(address.api_host, address.access_key, address.secret_key)
    key = create_instance(client, HpoConfig.model_validate(data))
    api("tasks.started", task=key)
    api("tasks.edit", task=key, runtime={RUNTIME_RUN: "run"}, force=True)
    at = client.now() + 2 * MINUTE / 60  # moments in a lease have no fractions
    gone = Lease(key, "run", at, at, Handover(), "nonce", host="another host")
    tasks.write_properties(client, key, {HEARTBEAT: gone.to_text()})
    wait_until(lambda: client.now() > at)

    sentence = "No controller is at work on it, so no trial is started"
    shown = shell("show", key)
    assert "no controller" in shown.stdout.splitlines()[1]
    assert f"{sentence}. Carry it on with: clearml-hpo run --resume {key}" in shown.stderr
    assert json.loads(shell("show", key, "--json").stdout)["instance"]["state"] == "uncontrolled"
    [row] = [row for row in json.loads(shell("list", "--json").stdout) if row["id"] == key]
    assert (row["status"], row["state"]) == ("in_progress", "uncontrolled")
    report = shell("report", key).stdout
    assert "no controller at work, as of" in report
    assert "no controller is at work on it, so no trial is started" in report
