"""Curves are averaged by the database as by hand: the values as 32 bits hold them, in buckets of equal width."""

import json
import random
import struct
from collections.abc import Sequence

import pytest
from server_calls import call, send

from clearml_hpo_app.local.server import ServerAddress


def _single(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _reported(server: ServerAddress, points: Sequence[tuple[int, float | None]]) -> str:
    task = str(call(server, "tasks.create", name="curves", type="training")["id"])
    head = {"task": task, "type": "training_stats_scalar", "metric": "m", "variant": "v"}
    lines = [{**head, "iter": place, "value": value, "timestamp": 10_000 + 7 * place} for place, value in points]
    body = "\n".join(json.dumps(line) for line in lines).encode()
    send(server, f"{server.api_host}/v2.31/events.add_batch", body, **{"Content-Type": "application/json-lines"})
    return task


def _curve(server: ServerAddress, task: str, samples: int, key: str) -> dict[str, list[float]]:
    found = call(server, "events.scalar_metrics_iter_histogram", task=task, samples=samples, key=key)
    return dict(found["m"]["v"])


@pytest.mark.parametrize("samples", [1, 3, 10, 6000])
@pytest.mark.parametrize(("key", "scale", "shift"), [("iter", 1, 0), ("timestamp", 7, 10_000)])
def test_a_bucket_is_the_mean_of_its_values_as_32_bits_hold_them(
    server: ServerAddress, samples: int, key: str, scale: int, shift: int
) -> None:
    chance = random.Random(samples)
    points = [(place, chance.gauss(0, 1) * 10 ** chance.randint(-20, 20)) for place in range(-20, 41, 3)]
    curve = _curve(server, _reported(server, points), samples, key)
    places = [scale * place + shift for place, _ in points]
    width = max(1, -(-(places[-1] - places[0] + 1) // samples))
    buckets: dict[int, list[float]] = {}
    for place, (_, value) in zip(places, points, strict=True):
        buckets.setdefault(place // width * width, []).append(_single(value))
    assert curve["x"] == sorted(buckets)
    assert curve["y"] == [pytest.approx(sum(buckets[x]) / len(buckets[x]), rel=1e-12) for x in sorted(buckets)]


def test_a_bucket_of_one_point_is_exactly_that_point(server: ServerAddress) -> None:
    values = [0.1, 1 / 3, -1e-40, 3.4e38, 7.0, 2.0**60 + 2.0**36]
    curve = _curve(server, _reported(server, list(enumerate(values))), 100, "iter")
    assert curve["y"] == [_single(value) for value in values]


def test_a_bucket_without_a_value_is_empty(server: ServerAddress) -> None:
    curve = _curve(server, _reported(server, [(0, 1.0), (5, None)]), 100, "iter")
    assert (curve["x"], curve["y"]) == ([0, 5], [1.0, None])
