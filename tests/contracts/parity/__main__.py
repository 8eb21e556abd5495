"""The command line of `scripts/parity`."""

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from parity import accepted, recordings, selftest
from parity.outcome import Judge, Judged, Report

_SHOWN = 6


def main(arguments: list[str] | None = None) -> int:
    """Compare, or test the comparison; return 0 when all is well, 1 when not, 2 without good recordings."""
    options = _parser().parse_args(arguments)
    # What it has no operation for is among the differences, or accepted.
    logging.getLogger("clearml_hpo_app.local.server").setLevel(logging.ERROR)
    try:
        exchanges = recordings.read(options.recordings)
    except (ValueError, KeyError) as error:
        sys.stderr.write(f"Every line of a recording must be a JSON object of an exchange, but: {error!r}.\n")
        return 2
    if not exchanges:
        folder = options.recordings
        sys.stderr.write(f"{folder} must hold recordings (*.jsonl), but has none. Use --recordings DIR.\n")
        return 2
    judge = Judge(accepted.read())
    if options.self_test:
        return _self_test(judge, exchanges, options.seed, as_json=options.json)
    report = Report()
    for judged in judge.judge(exchanges):
        report.count(judged)
        if judged.differences and not options.json:
            _print(_described(judged))
    _print(json.dumps(vars(report)))
    return int(report.different > 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/parity", description="Compare the embedded server with recordings of a real one."
    )
    parser.add_argument(
        "--recordings", type=Path, default=recordings.DEFAULT, metavar="DIR", help="folder of *.jsonl files"
    )
    parser.add_argument("--json", action="store_true", help="print the counts and nothing else")
    parser.add_argument("--self-test", action="store_true", help="change recorded answers: is it noticed?")
    parser.add_argument("--seed", type=int, default=1, help="which answers the self-test changes")
    return parser


def _self_test(judge: Judge, exchanges: Sequence[recordings.Exchange], seed: int, *, as_json: bool) -> int:
    result = selftest.run(judge, exchanges, seed)
    for missed in [] if as_json else result.missed:
        _print(f"not noticed: {missed}")
    _print(json.dumps({"changed": result.changed, "reported": result.reported, "missed": len(result.missed)}))
    return int(result.reported < selftest.NEEDED * result.changed)


def _described(judged: Judged) -> str:
    lines = [str(judged.exchange), *map(str, judged.differences[:_SHOWN])]
    if len(judged.differences) > _SHOWN:
        lines.append(f"… and {len(judged.differences) - _SHOWN} more")
    return "\n    ".join(lines)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
