"""The file server: uploads, downloads, and that nothing outside its folder is reached."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from clearml_hpo_app.local.server import EmbeddedServer


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[str, requests.Session]]:
    (tmp_path / "secret.txt").write_text("secret")
    with EmbeddedServer(tmp_path / "data", port=0) as address, requests.Session() as session:
        session.auth = (address.access_key, address.secret_key)
        yield address.files_host, session


def test_what_was_uploaded_is_read_back_whole_and_in_parts(files: tuple[str, requests.Session]) -> None:
    host, session = files
    name = "project/a task.123/artifacts/x.txt"
    assert session.post(host, files={name: (name, b"hello world")}).json() == [name]
    url = f"{host}/project/a%20task.123/artifacts/x.txt"
    assert session.get(url).content == b"hello world"
    part = session.get(url, headers={"Range": "bytes=6-10"})
    assert (part.status_code, part.content) == (206, b"world")
    session.post(host, files={name: (name, b"second")})
    assert session.get(url).content == b"second"
    assert session.delete(url).text == name
    assert session.get(url).status_code == 404


@pytest.mark.parametrize(
    "name", ["../secret.txt", "a/../../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "a\0b"]
)
def test_a_path_out_of_the_folder_is_refused(
    files: tuple[str, requests.Session], name: str, tmp_path: Path
) -> None:
    host, session = files
    prepared = requests.Request("GET", host, auth=session.auth).prepare()
    prepared.url = f"{host}/{name}".replace("\0", "%00")
    assert session.send(prepared).status_code in (400, 404)
    body = (
        b'--b\r\nContent-Disposition: form-data; name="'
        + name.encode()
        + b'"; filename="f"\r\n\r\nbad\r\n--b--\r\n'
    )
    answer = session.post(host, data=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code in (400, 404) or answer.json() == []
    assert (tmp_path / "secret.txt").read_text() == "secret"


def test_without_credentials_nothing_is_read_or_written(files: tuple[str, requests.Session]) -> None:
    host, _ = files
    with requests.Session() as stranger:
        assert stranger.get(f"{host}/").text == "OK"
        assert stranger.get(f"{host}/x.txt").status_code == 401
        assert stranger.post(host, files={"x.txt": ("x.txt", b"1")}).status_code == 401
        assert stranger.delete(f"{host}/x.txt").status_code == 401


def test_an_uploaded_page_cannot_run_scripts(files: tuple[str, requests.Session]) -> None:
    host, session = files
    session.post(host, files={"p.html": ("p.html", b"<script>1</script>")})
    assert session.get(f"{host}/p.html").headers["content-security-policy"].startswith("sandbox")
