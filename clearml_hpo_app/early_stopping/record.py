"""The ladder as text, in pieces, so that writing what is new costs the same however many trials there were."""

import json
from collections.abc import Iterable, Iterator, Mapping

from clearml_hpo_app.early_stopping.ladder import Climb, Judgement

PIECE = 500
"""Trial numbers in one piece: some 20 kB at most."""

_NAME = "Rungs "


def piece_of(number: int) -> str:
    """Return the name of the piece that holds trial `number`: `Rungs 0-499`."""
    start = number // PIECE * PIECE
    return f"{_NAME}{start}-{start + PIECE - 1}"


def write_pieces(climbs: Mapping[int, Climb], changed: Iterable[int], run_id: str) -> dict[str, str]:
    """Return the text of every piece that holds one of the trials `changed`, by name."""
    names = {piece_of(number) for number in changed}
    pieces: dict[str, dict[str, object]] = {name: {} for name in sorted(names)}
    for number, climb in sorted(climbs.items()):
        if (name := piece_of(number)) in names:
            pieces[name][str(number)] = _row(climb)
    return {name: json.dumps({"run": run_id, "trials": trials}) for name, trials in pieces.items()}


def read_pieces(texts: Mapping[str, str], run_id: str) -> Iterator[tuple[int, Climb]]:
    """Yield every trial of this run from the pieces among `texts`; what another run or hand wrote is left out."""
    for name, text in texts.items():
        if not name.startswith(_NAME):
            continue
        try:
            told = json.loads(text)
            if told["run"] == run_id:
                yield from [(int(number), _climb(row)) for number, row in told["trials"].items()]
        except (ValueError, KeyError, TypeError, AttributeError):
            continue


def _row(climb: Climb) -> dict[str, object]:
    row: dict[str, object] = {"attempt": climb.attempt, "values": climb.values}
    if climb.missed is not None:
        row["missed"] = vars(climb.missed)
    return row | ({"spared": True} if climb.is_spared else {})


def _climb(row: Mapping[str, object]) -> Climb:
    told = row.get("missed")
    missed = Judgement(**told) if isinstance(told, Mapping) else None
    values = {int(rung): value for rung, value in dict(row["values"]).items()}  # type: ignore[call-overload]
    return Climb(int(str(row["attempt"])), values, missed, bool(row.get("spared")))
