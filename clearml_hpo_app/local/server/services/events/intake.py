"""Taking in a batch of events: which are good, what is stored, what tasks and models remember of them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from clearml_hpo_app.local.server.catalog import MODELS, TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault, PartlyStored
from clearml_hpo_app.local.server.moments import millis, received
from clearml_hpo_app.local.server.registry import Call
from clearml_hpo_app.local.server.services.events import latest, owners, store
from clearml_hpo_app.local.server.services.tasks import status

_LARGEST_FLOAT = 3.4028235677973366e38
_OF_A_MODEL = ["last_iteration", "last_metrics", "unique_metrics"]


def add(call: Call, events: Sequence[Document]) -> Document:
    """Store the good ones of `events` and answer the counts; a Fault 400/131 when none is good."""
    problems: Counter[str] = Counter()
    found: dict[str, Document] = {}
    batches: dict[str, list[Document]] = {}
    for event in events:
        problem = _problem(call, event, found)
        if problem:
            problems[problem] += 1
        else:
            full = _completed(call, event)
            batches.setdefault(full["task"], []).append(full)
    if events and not batches:
        text = ", ".join(f"{problem}={count}" for problem, count in problems.items())
        raise Fault(400, 131, f"Events not added: {text}")
    _check_values(batches)
    bad = [event for batch in batches.values() for event in batch if not _storable(event)]
    for batch in batches.values():
        _store(call, [event for event in batch if _storable(event)])
    if bad:
        raise _refused(bad)
    for key, batch in batches.items():
        changes = latest.updated(found[key], batch)
        if batch[0]["model_event"]:
            MODELS.update(call.db, key, {name: changes[name] for name in _OF_A_MODEL})
        else:
            TASKS.update(call.db, key, {**changes, **status.alive(call, found[key])})
    added = sum(len(batch) for batch in batches.values())
    return {"added": added, "errors": sum(problems.values()), "errors_info": dict(problems)}


def _problem(call: Call, event: Document, found: dict[str, Document]) -> str | None:
    """Return why an event cannot be taken, or None; fill `found` with the tasks and models that events go to."""
    if "type" not in event:
        return "Event must have a 'type' field"
    key = owners.key(event)
    if not key:
        return "Event must have a 'task' field"
    if not isinstance(event["type"], str) or event["type"] not in store.TYPES:
        return f"Invalid event type {event['type']}"
    if not isinstance(key, str):
        return f"Invalid task id {key}"
    if key not in found:
        owner = owners.fetch(call, event)
        if owner is not None:
            found[key] = owner
    if key not in found or (owners.is_locked(found[key]) and not event.get("allow_locked")):
        return f"Invalid {'model' if event.get('model_event') else 'task'} id {key}"
    return None


def _completed(call: Call, event: Document) -> Document:
    """Return an event with all that the store needs; what the client sent besides stays in it."""
    full = {name: value for name, value in event.items() if value is not None and name != "allow_locked"}
    full.setdefault("timestamp", millis(call.now))
    full["timestamp"] = int(full["timestamp"])
    full.setdefault("worker", call.worker or "<unknown>")
    for name in ("metric", "variant"):
        full.setdefault(name, "")
        if not isinstance(full[name], str):
            raise Fault(500, 0, f"'{type(full[name]).__name__}' object has no attribute 'encode'")
    if event["type"] == store.SCALAR:
        # A scalar without an iteration counts for the task's last values but is on no curve.
        full["placeless"] = "iter" not in full
    if event["type"] != store.LOG or "iter" in full:
        full["iter"] = int(full.get("iter") or 0)
    if event["type"] == store.PLOT:
        full["plot_len"] = len(full.get("plot_str", ""))
    full |= {"task": owners.key(event), "model_event": bool(event.get("model_event"))}
    return {**full, "@timestamp": received(call.now)}


def _check_values(batches: dict[str, list[Document]]) -> None:
    """A value that is no number ends the whole request before anything is stored."""
    for batch in batches.values():
        for event in batch:
            value = event.get("value")
            if event["type"] == store.SCALAR and value is not None and not isinstance(value, (int, float)):
                raise Fault(500, 0, f"unsupported operand type(s) for +: 'int' and '{type(value).__name__}'")
            if isinstance(value, int) and not -(2**63) <= value < 2**63:
                raise Fault(500, 0, "MongoDB can only handle up to 8-byte ints")


def _storable(event: Document) -> bool:
    value: Any = event.get("value")
    if not -(2**63) <= event.get("iter", 0) < 2**63:
        return False
    if event["type"] != store.SCALAR or value is None:
        return True
    return not isinstance(value, bool) and -_LARGEST_FLOAT < value < _LARGEST_FLOAT


def _refused(bad: Sequence[Document]) -> Fault:
    """The good events of the batch stay stored, the tasks remember none of them (as on the real server)."""
    value = str(bad[0].get("value"))
    shown = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity", "True": "true"}.get(value, value)
    text = f"failed to parse field [value] of type [float]. Preview of field's value: '{shown}'"
    err = f"{len(bad)} document(s) failed to index."
    return PartlyStored(500, 100, "General data error", err=err, extra_info=text)


def _store(call: Call, events: Sequence[Document]) -> None:
    scalars = [event for event in events if event["type"] == store.SCALAR]
    store.add_scalars(call.db, [event for event in scalars if not event.pop("placeless")])
    store.add_logs(call.db, [event for event in events if event["type"] == store.LOG])
    rest = [event for event in events if event["type"] not in (store.SCALAR, store.LOG)]
    store.add_samples(call.db, rest)
