"""The SDK's tasks: what a script reports, keeps and reads back."""

import requests
from bench import Bench


def test_what_a_script_reports_is_read_back(bench: Bench) -> None:
    seen = bench.run("report_everything.py")
    task = bench.task(seen["id"])
    assert (seen["status"], seen["iteration"], seen["comment"]) == ("completed", 4, "a comment")
    assert seen["tags"] == ["first", "second"]
    assert (seen["progress"], task["script"]["entry_point"]) == (40, "report_everything.py")
    assert seen["configuration"] == {"seed": 7}
    assert seen["properties"] == {"owner": "me", "rank": "3"}
    assert seen["parameters"] == {
        "Args/lr": 0.25,
        "Args/layers": 2,
        "Model/depth": 3,
        "Model/nested/name": "a b",
        "Model/flag": True,
        "properties/owner": "me",
        "properties/rank": 3,
    }
    assert seen["last"]["loss"]["train"] == {"last": 0.2, "min": 0.2, "max": 1.0}
    assert seen["curve"]["x"] == [0, 1, 2, 3, 4]
    assert (seen["single"], seen["one"], seen["all_scalars"]) == ({"final": 0.5}, 0.5, ["Summary", "loss"])
    assert seen["plots"] == ["a histogram", "a matrix", "a scatter", "a table"]
    assert "said on the console" in seen["console"] and "said by the logger" in seen["console"]
    (image,) = seen["samples"]
    assert image.startswith(bench.address.files_host)
    keys = (bench.address.access_key, bench.address.secret_key)
    assert requests.get(image, auth=keys, timeout=10).content.startswith(b"\xff\xd8")
