"""The package: what is in it, the same bytes every time, and where its code comes from."""

import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from app_conf_texts import SOURCE, our_zip, ours
from pyhocon import ConfigFactory

from clearml_hpo_app import __version__
from clearml_hpo_app.app_package import repository
from clearml_hpo_app.app_package.build import build
from clearml_hpo_app.app_package.repository import Source, readme_address, source
from clearml_hpo_app.config.task_settings import settings
from clearml_hpo_app.errors import UsageError

ROOT = Path(__file__).parents[2]


def test_the_package_holds_the_file_and_the_assets_that_it_names() -> None:
    with our_zip() as package:
        assert package.namelist() == ["hpo.app.conf", "assets/hpo.png", "assets/no_info.html"]
        assert package.testzip() is None


def test_the_same_source_gives_the_same_bytes_without_a_compressor_or_a_clock() -> None:
    assert build(SOURCE) == build(SOURCE)
    assert build(SOURCE) != build(Source(SOURCE.repository, "tag", "main"))
    with our_zip() as package:
        for member in package.infolist():
            assert (member.compress_type, member.date_time[0], member.create_system) == (
                zipfile.ZIP_STORED,
                1980,
                3,
            )


def test_the_task_says_what_an_agent_needs() -> None:
    tree = ConfigFactory.parse_string(ours())

    assert tree["version"] == __version__
    assert tree["resumable"] is True
    assert dict(tree["task.script"]) == {
        "repository": "https://git.example/hpo.git",
        "branch": "main",
        "entry_point": "templates/controller.py",
        "working_dir": ".",
    }
    assert (ROOT / tree["task.script.entry_point"]).exists()
    assert (ROOT / tree["task.script.working_dir"] / "requirements.txt").exists()


def test_the_task_has_the_default_of_every_setting() -> None:
    defaults = ConfigFactory.parse_string(ours())["task.hyperparams.HPO"]
    assert list(defaults) == [setting.name for setting in settings()]
    assert (defaults["method"], defaults["max_concurrent_tasks"], defaults["total_tasks"]) == ("bayesian", 4, "")


def test_a_tag_is_the_version_unless_another_revision_is_named() -> None:
    address = "git@git.example:hpo.git"
    assert source(address) == Source(address, "tag", f"v{__version__}")
    assert source(address, tag="v9") == Source(address, "tag", "v9")
    assert source(address, branch="main") == Source(address, "branch", "main")
    with pytest.raises(UsageError, match="but got both: 'main' and 'v9'"):
        source(address, branch="main", tag="v9")


@pytest.mark.parametrize("kind", ["branch", "tag"])
@pytest.mark.parametrize("name", ["", " ", "-b", "a b"])
def test_a_branch_or_a_tag_that_git_cannot_have_is_refused_the_empty_one_too(kind: str, name: str) -> None:
    with pytest.raises(UsageError, match=f"The {kind} must have a name that git can have, but it is {name!r}"):
        source("git@git.example:hpo.git", **{kind: name})


@pytest.mark.parametrize("address", ["", "hpo.git", "/srv/git/hpo.git", "https://"])
def test_an_address_that_no_agent_can_clone_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="must be an address that agents can clone"):
        source(address)


@pytest.mark.parametrize(
    "address", ["https://me:secret@git.example/hpo.git", "https://ghp_secret@git.example/hpo"]
)
def test_credentials_in_the_address_are_refused_and_not_shown(address: str) -> None:
    with pytest.raises(UsageError, match="must hold no credentials") as refused:
        source(address)
    assert "secret" not in str(refused.value)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in place of this one, whose remotes are somebody's own business."""
    (tmp_path / "pyproject.toml").touch()
    subprocess.run(["git", "-C", tmp_path, "init", "--quiet"], check=True)
    monkeypatch.setattr(repository, "CHECKOUT", tmp_path)
    return tmp_path


def test_without_a_repository_it_is_the_origin_of_the_checkout(checkout: Path) -> None:
    origin = ["git", "-C", checkout, "remote", "add", "origin", "https://git.example/team/hpo.git"]
    subprocess.run(origin, check=True)

    assert source() == Source("https://git.example/team/hpo.git", "tag", f"v{__version__}")
    assert readme_address() == "https://git.example/team/hpo"
    assert not repository.is_in_checkout("v0.0.0")


def test_of_an_installed_package_it_is_the_origin_of_the_checkout_in_which_it_is_asked(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "-C", checkout, "remote", "add", "origin", "https://git.example/hpo.git"], check=True)
    (checkout / "clearml_hpo_app").mkdir()
    monkeypatch.setattr(repository, "CHECKOUT", tmp_path_factory.mktemp("site-packages"))
    monkeypatch.chdir(checkout)
    assert source().repository == "https://git.example/hpo.git"


def test_without_repository_and_origin_no_address_is_made_up(checkout: Path) -> None:
    with pytest.raises(UsageError, match=r"no checkout with a remote origin\. Name it: --repository URL"):
        source()
    assert readme_address() == ""


def test_an_installed_package_has_all_that_the_application_needs(tmp_path: Path) -> None:
    """As pip would install it: from the wheel that the build backend makes, away from the repository."""
    make = f"import hatchling.build as backend; print(backend.build_wheel({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", make], cwd=ROOT, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(tmp_path / done.stdout.split()[-1]) as wheel:
        wheel.extractall(tmp_path / "installed")
    call = "import sys; sys.path.insert(0, 'installed'); from clearml_hpo_app.cli import main; main()"
    arguments = ["app", "build", "--repository", SOURCE.repository, "--branch", "main", "-o", "hpo.zip"]
    subprocess.run([sys.executable, "-c", call, *arguments], cwd=tmp_path, check=True, capture_output=True)

    assert (tmp_path / "hpo.zip").read_bytes() == build(SOURCE)


def test_icon_and_empty_page_need_no_network() -> None:
    with our_zip() as package:
        icon, page = package.read("assets/hpo.png"), package.read("assets/no_info.html").decode()
    assert icon.startswith(b"\x89PNG")
    assert struct.unpack(">II", icon[16:24]) == (192, 192)
    assert "http" not in page
    assert "<script" not in page
    assert "prefers-color-scheme: dark" in page
