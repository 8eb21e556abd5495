"""`python -m clearml_hpo_app.local.server --data DIR [--port N]`: the server as a process for other programs.

Its first line on stdout is its address with credentials, as JSON; then it serves until SIGTERM or Ctrl-C.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from clearml_hpo_app.local.server import EmbeddedServer


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(prog="python -m clearml_hpo_app.local.server", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of its database and files")
    parser.add_argument("--port", type=int, default=0, help="port of the API; 0 takes free ones")
    arguments = parser.parse_args()
    server = EmbeddedServer(arguments.data, port=arguments.port)
    server.serve_forever(lambda address: print(json.dumps(asdict(address)), flush=True))  # noqa: T201


if __name__ == "__main__":
    main()
