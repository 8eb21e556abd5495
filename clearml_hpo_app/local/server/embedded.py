"""The server as a whole: its data folder, its sockets, one event loop for API, files and pages."""

import logging
import signal
import socket
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO

import uvicorn
from starlette.types import ASGIApp

from clearml_hpo_app.clock import Clock, SystemClock
from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.local.server.address import ServerAddress
from clearml_hpo_app.local.server.database import Database
from clearml_hpo_app.local.server.files import Files
from clearml_hpo_app.local.server.folder import DataFolder
from clearml_hpo_app.local.server.guard import Guard, is_loopback
from clearml_hpo_app.local.server.keys import Keys, load_or_create
from clearml_hpo_app.local.server.ports import ByPort, listen
from clearml_hpo_app.local.server.schema import sdk_schema
from clearml_hpo_app.local.server.viewer.entrance import Entrance
from clearml_hpo_app.local.server.viewer.pages import viewer
from clearml_hpo_app.local.server.wire import Api

_LOG = logging.getLogger(__name__)
_WEB, _FILES = 72, 73
_READERS = 6
_LARGEST_BODY = 64 << 20
_START_SECONDS = 30.0
_ONE_REQUEST_A_CONNECTION = [("connection", "close")]
"""The SDK's reporting process is a fork: it shares the idle connections of its parent, and what both send on one
of them at the same time is mixed up."""


class EmbeddedServer:
    """A ClearML-compatible server in this process.

    Args:
        data: Folder of its database, files and keys; made at first start. One server a folder.
        host: Address to listen on. A loopback address by default; another one must be named. Any address at once
            ("0.0.0.0") also needs `hostnames`.
        port: Port of the API; the pages are at `port + 72` and the files at `port + 73`, as ClearML's own
            defaults are. 0 takes free ports.
        hostnames: Further names that clients may call this server by.
        clock: Tells the time of each request.
        largest_body: Bytes that the body of an API request may have.
    """

    def __init__(
        self,
        data: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 8008,
        hostnames: Sequence[str] = (),
        clock: Clock | None = None,
        largest_body: int = _LARGEST_BODY,
    ) -> None:
        if host in ("", "0.0.0.0", "::") and not hostnames:  # noqa: S104
            raise UsageError(
                f"The host must be one address of this machine, but got {host!r}. "
                "Name an address, or also the host names that clients use."
            )
        self._folder, self._host, self._hostnames = DataFolder(Path(data)), host, tuple(hostnames)
        self._ports = (port, port + _FILES, port + _WEB) if port else (0, 0, 0)
        self._clock = clock or SystemClock()
        self._largest_body = largest_body
        self._address: ServerAddress | None = None
        self._closing: list[ThreadPoolExecutor | Database | IO[bytes]] = []
        self._thread: threading.Thread | None = None
        self._server: uvicorn.Server | None = None

    @property
    def address(self) -> ServerAddress:
        """Where the server answers; known once it was started."""
        if self._address is None:
            raise RuntimeError("The server must have been started before it has an address.")
        return self._address

    def start(self) -> ServerAddress:
        """Serve from a background thread; return when the server answers."""
        if self._thread is not None:
            return self.address
        sockets = listen(self._host, self._ports)
        try:
            app = self._build(sockets)
        except BaseException:
            for listening in sockets:
                listening.close()
            raise
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            http="h11",
            server_header=False,
            date_header=isinstance(self._clock, SystemClock),  # no date of this machine beside another clock
            headers=_ONE_REQUEST_A_CONNECTION,
            timeout_graceful_shutdown=3,
        )
        self._server = uvicorn.Server(config)
        run = self._server.run
        self._thread = threading.Thread(target=run, args=(sockets,), name="clearml-server", daemon=True)
        self._thread.start()
        self._wait_until_started()
        return self.address

    def stop(self) -> None:
        """Finish the requests under way, then stop. Does nothing when the server does not run."""
        if self._thread is None or self._server is None:
            return
        self._server.should_exit = True
        self._thread.join()
        self._thread = self._server = None
        for part in self._closing:
            if isinstance(part, ThreadPoolExecutor):
                part.shutdown()
            else:
                part.close()
        self._closing.clear()

    def serve_forever(self, tell: Callable[[ServerAddress], None]) -> None:
        """Serve until SIGTERM or Ctrl-C, then stop in order; `tell` gets the address. Only for the main thread."""
        ended = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            ended.set()

        before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            tell(self.start())
            while not ended.wait(0.5):
                if self._thread is None or not self._thread.is_alive():
                    break
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def __enter__(self) -> ServerAddress:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _build(self, sockets: Sequence[socket.socket]) -> ASGIApp:
        keys, database = self._open()
        readers = ThreadPoolExecutor(_READERS, thread_name_prefix="clearml-reader")
        writer = ThreadPoolExecutor(1, thread_name_prefix="clearml-writer")
        self._closing = [readers, writer, *self._closing]
        # Loading the SDK's schemas takes half a second: better now than within the first request.
        readers.submit(sdk_schema, "tasks.create")
        api, files, web = (listening.getsockname()[1] for listening in sockets)
        name = self._name()
        self._address = ServerAddress(
            api_host=f"http://{name}:{api}",
            web_host=f"http://{name}:{web}",
            files_host=f"http://{name}:{files}",
            access_key=keys.access_key,
            secret_key=keys.secret_key,
        )
        apps: dict[int, ASGIApp] = {
            api: Api(database, keys, self._clock, readers=readers, writer=writer, largest=self._largest_body),
            files: Files(self._folder.files, database, keys, self._clock, readers),
            web: Entrance(viewer(database, readers), database, keys, self._clock),
        }
        return Guard(ByPort(apps), [self._host, *self._hostnames], list(apps))

    def _open(self) -> tuple[Keys, Database]:
        """Make or open what the folder holds."""
        with ExitStack() as opened:
            try:
                held = opened.enter_context(self._folder.claim())
                self._folder.prepare()
                database = opened.enter_context(closing(Database(self._folder.database)))
                keys = load_or_create(self._folder.keys)
                database.migrate()
            except (OSError, ValueError, TypeError, sqlite3.Error) as error:
                raise UsageError(
                    f"The data folder {self._folder.path} must be one that this server can write and read, "
                    f"but: {error}. Choose another folder, or restore a backup."
                ) from error
            opened.pop_all()
        self._closing = [database, held]
        return keys, database

    def _name(self) -> str:
        """Return what clients call this server: its address, or the first of the names given for it."""
        if self._hostnames and not is_loopback(self._host):
            return self._hostnames[0]
        return f"[{self._host}]" if ":" in self._host else self._host

    def _wait_until_started(self) -> None:
        pause = threading.Event()
        waited = 0.0
        while self._server is not None and not self._server.started:
            if self._thread is None or not self._thread.is_alive() or waited > _START_SECONDS:
                raise RuntimeError("The server must start within 30 s, but it did not. See its log.")
            pause.wait(0.01)
            waited += 0.01
