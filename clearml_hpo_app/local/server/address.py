"""Where a server answers and with which credentials, in the forms that ClearML's own tools read."""

from dataclasses import dataclass, field
from datetime import datetime

from clearml_hpo_app.local.server.passes import make_pass


@dataclass(frozen=True)
class ServerAddress:
    """Addresses and credentials of a ClearML server.

    Attributes:
        api_host: URL of the API (`http://127.0.0.1:8008`).
        web_host: URL of the web pages.
        files_host: URL of the file server.
        access_key: Key that clients log in with.
        secret_key: Its secret; masked in the repr.
    """

    api_host: str
    web_host: str
    files_host: str
    access_key: str
    secret_key: str = field(repr=False)

    def pages(self, until: datetime) -> str:
        """Return the address of the web pages that opens them by a click, until the moment `until`.

        Who knows it can read the pages, not use the API.
        """
        return f"{self.web_host}/?key={make_pass(self.secret_key, until)}"

    def clearml_conf(self) -> str:
        """Return the section that a `clearml.conf` needs, as plain text."""
        return (
            "api {\n"
            f"    web_server: {self.web_host}\n"
            f"    api_server: {self.api_host}\n"
            f"    files_server: {self.files_host}\n"
            "    credentials {\n"
            f'        "access_key" = "{self.access_key}"\n'
            f'        "secret_key" = "{self.secret_key}"\n'
            "    }\n"
            "}\n"
        )

    def environment(self) -> dict[str, str]:
        """Return the environment variables that name this server to the SDK and the agent."""
        return {
            "CLEARML_API_HOST": self.api_host,
            "CLEARML_WEB_HOST": self.web_host,
            "CLEARML_FILES_HOST": self.files_host,
            "CLEARML_API_ACCESS_KEY": self.access_key,
            "CLEARML_API_SECRET_KEY": self.secret_key,
        }
