"""Replays recordings of a real server's answers against the embedded server and compares their structure.

Run: python tests/contracts/parity.py RECORDINGS [NAME …]

RECORDINGS is a folder of `NN-*.jsonl` files; a NAME picks those that start with it. Ids, times and tokens may
differ, everything else may not, except what `KNOWN` lists with its reason. Ends with 1 when something else does.
"""

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress

REPLAYED = ("01", "02", "03", "04", "05", "06", "07", "15")
KNOWN = {
    "auth.get_credentials": "the first key pair has another label, and its last use is not kept",
    "auth.edit_credentials": "keys are placeholders in the recording",
    "auth.revoke_credentials": "keys are placeholders in the recording",
    "users.get_all": "the recorded server had three users",
    "users.get_all_ex": "the recorded server had three users",
    "users.get_current_user": "another user's name",
    "server.info": "another build's name",
    "events.add_batch": "texts of the recorded server's substitute for its index; long batches were cut",
    "events.get_task_latest_scalar_values": "a rule of the substitute",
    "workers.get_all": "order of rows",
}
_UNSTABLE = re.compile(r"time|duration|dates|last_update|plot_len")
_ID = re.compile(r"[0-9a-f]{32}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_PLACEHOLDER = re.compile(r"<(JWT|ACCESS_KEY|SECRET_KEY)|^emu")


class Ids:
    """Which of our ids stands for which recorded one."""

    def __init__(self) -> None:
        self._ours: dict[str, str] = {}

    def translated(self, value: Any) -> Any:
        """Return a recorded value with our ids in it."""
        if isinstance(value, str):
            return _ID.sub(lambda found: self._ours.get(found[0], found[0]), value)
        if isinstance(value, list):
            return [self.translated(item) for item in value]
        if isinstance(value, dict):
            return {self.translated(key): self.translated(item) for key, item in value.items()}
        return value

    def learn(self, recorded: Any, ours: Any) -> None:
        """Pair the ids of two answers that are at the same place."""
        if isinstance(recorded, dict) and isinstance(ours, dict):
            for key in recorded.keys() & ours.keys():
                self.learn(recorded[key], ours[key])
        elif isinstance(recorded, list) and isinstance(ours, list):
            for one, two in zip(recorded, ours, strict=False):
                self.learn(one, two)
        elif (
            isinstance(recorded, str) and isinstance(ours, str) and _ID.fullmatch(recorded) and _ID.fullmatch(ours)
        ):
            self._ours.setdefault(recorded, ours)


def differences(recorded: Any, ours: Any, place: str = "") -> Iterator[str]:
    """Yield a sentence for each difference that is not one of ids, times or placeholders."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        for key in recorded.keys() - ours.keys():
            yield f"{place}.{key} is missing"
        for key in ours.keys() - recorded.keys():
            yield f"{place}.{key} is too much"
        for key in recorded.keys() & ours.keys():
            yield from differences(recorded[key], ours[key], f"{place}.{key}")
    elif isinstance(recorded, list) and isinstance(ours, list) and len(recorded) == len(ours):
        for number, (one, two) in enumerate(zip(recorded, ours, strict=True)):
            yield from differences(one, two, f"{place}[{number}]")
    elif not _alike(recorded, ours, place):
        yield f"{place} is {json.dumps(ours)[:120]}, was {json.dumps(recorded)[:120]}"


def _alike(recorded: Any, ours: Any, place: str) -> bool:
    if isinstance(recorded, str) and isinstance(ours, str):
        both = (recorded, ours)
        if _PLACEHOLDER.search(recorded) or all(_TIME.match(text) for text in both):
            return True
        return _ID.sub("id", recorded).replace("Alice Tester", "Local User") == _ID.sub("id", ours)
    if type(recorded) is bool or type(ours) is bool or not isinstance(recorded, (int, float)):
        return bool(recorded == ours)
    if not isinstance(ours, (int, float)):
        return False
    return bool(_UNSTABLE.search(place)) or abs(recorded - ours) <= 1e-6 * max(1, abs(recorded))


def replay(address: ServerAddress, files: list[Path]) -> Iterator[tuple[str, int, str, list[str]]]:
    """Send the recorded calls in order; yield (recording, number, operation, differences) for each."""
    ids = Ids()
    with requests.Session() as session:
        for file in files:
            for line in file.read_text("utf-8").splitlines():
                call = json.loads(line)
                if call.get("to") != "api" or "authorization" not in call["request_headers"]:
                    continue
                if call["status"] == 401:  # the credentials were wrong on purpose; ours are right
                    continue
                operation = call["path"].rsplit("/", 1)[-1]
                if operation in ("auth.login", "auth.logout", "auth.validate_token"):
                    continue
                yield file.stem, call["seq"], operation, _compared(session, address, call, ids)


def _compared(session: requests.Session, address: ServerAddress, call: dict[str, Any], ids: Ids) -> list[str]:
    body = call.get("request_text", "")
    if "request_json" in call:
        body = json.dumps(call["request_json"])
    elif "request_lines" in call:
        body = "\n".join(json.dumps(row) for row in call["request_lines"])
    answer = session.request(
        call["method"],
        address.api_host + ids.translated(call["path"]) + (f"?{call['query']}" if call.get("query") else ""),
        data=ids.translated(body).encode(),
        auth=(address.access_key, address.secret_key),
        headers={"Content-Type": call["request_headers"].get("content-type", "")},
    )
    if answer.status_code != call["status"]:
        return [f"status is {answer.status_code} ({answer.text[-200:]}), was {call['status']}"]
    if call.get("cut") or "response_json" not in call:
        return []
    recorded, ours = call["response_json"], answer.json()
    ids.learn(recorded["data"], ours["data"])
    return list(differences(ids.translated(recorded["data"]), ours["data"])) + list(
        differences(ids.translated(recorded["meta"]["result_msg"]), ours["meta"]["result_msg"], "message")
    )


def say(text: str) -> None:
    """Write a line to standard output."""
    sys.stdout.write(f"{text}\n")


def main(folder: Path, names: tuple[str, ...]) -> int:
    """Replay the recordings in `folder` and report; return the exit code."""
    files = [file for file in sorted(folder.glob("*.jsonl")) if file.name.startswith(names)]
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as data, EmbeddedServer(Path(data), port=0) as address:
        for recording, number, operation, found in replay(address, files):
            kind = "same" if not found else "known" if operation in KNOWN else "different"
            counts[kind] += 1
            if kind == "different":
                say("\n    ".join([f"{recording} {number} {operation}", *found[:4]]))
    say(", ".join(f"{counts[kind]} {kind}" for kind in ("same", "known", "different")))
    return int(counts["different"] > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), tuple(sys.argv[2:]) or REPLAYED))
