"""`clearml-hpo server`: its address on stdout, its end in order."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import requests
from cli_server import Api

from clearml_hpo_app.local.server import ServerAddress


def begin(data: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-m",
        "clearml_hpo_app.cli",
        "server",
        "--data",
        str(data),
        "--port",
        "0",
        *arguments,
    ]
    return subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_first_line_is_the_address_and_sigterm_ends_it(tmp_path: Path) -> None:
    process = begin(tmp_path, "--json")
    assert process.stdout is not None
    address = ServerAddress(**json.loads(process.stdout.readline()))
    api = Api(address)
    assert api.count_tasks() == 0
    api.close()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert address.web_host in err
    assert address.secret_key not in err
    assert "key=" not in err


def test_an_operation_that_it_lacks_is_named_once(tmp_path: Path) -> None:
    process = begin(tmp_path, "--json")
    assert process.stdout is not None
    address = ServerAddress(**json.loads(process.stdout.readline()))
    for _ in range(2):
        answer = requests.post(f"{address.api_host}/datasets.get_all", timeout=10)
        assert answer.status_code == 404
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert err.count("This server has no operation 'datasets.get_all'") == 1


def test_without_json_it_prints_the_section_for_clearml_conf(tmp_path: Path) -> None:
    process = begin(tmp_path)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(10)]
    assert lines[0] == "api {\n"
    pages = lines[9].removeprefix("# Its pages, opened by a click: ").strip()
    with requests.Session() as browser:
        assert browser.get(pages, timeout=60).status_code == 200
    host = lines[2].split(": ")[1].strip()
    assert requests.post(f"{host}/debug.ping", timeout=60).status_code == 200
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    first = begin(tmp_path, "--json")
    assert first.stdout is not None
    port = json.loads(first.stdout.readline())["api_host"].rsplit(":", 1)[1]
    second = begin(tmp_path / "other", "--port", port)
    out, err = second.communicate(timeout=20)
    assert (second.returncode, out) == (2, "")
    assert f"Port {port} of 127.0.0.1 must be free" in err
    first.terminate()
    first.communicate(timeout=20)
