"""Where the parts of the application package lie: in a checkout, or within the installed package."""

from pathlib import Path

from clearml_hpo_app.errors import HpoError

_INSTALLED = Path(__file__).parent / "templates"
CHECKOUT = Path(__file__).parents[2]
_PLACES = {"wizard.conf": CHECKOUT / "app_schema"}
APP_CONF, WIZARD, DASHBOARD, ASSETS = "hpo.app.conf", "wizard.conf", "dashboard.conf", "assets"


def template_path(name: str) -> Path:
    """Return where a part lies: `hpo.app.conf`, `wizard.conf`, `dashboard.conf`, or `assets/…`.

    Raises:
        HpoError: It was not installed along with the package.
    """
    for folder in (_INSTALLED, _PLACES.get(name, CHECKOUT / "templates")):
        if (folder / name).exists():
            return folder / name
    raise HpoError(
        f"The package must be installed with its file {name}, but it is not there. Run pip install anew, or use "
        "a checkout of the repository."
    )


def template_text(name: str) -> str:
    """Return the text of a part; raises as `template_path`."""
    return template_path(name).read_text(encoding="utf-8")
