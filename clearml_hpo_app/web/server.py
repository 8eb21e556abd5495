"""The page as a server: its socket, its thread, its poll, and its end in order."""

import signal
import socket
import threading
from collections.abc import Callable
from ipaddress import ip_address
from types import FrameType, TracebackType

import uvicorn

from clearml_hpo_app.clearml_api import Client, connect
from clearml_hpo_app.clock import Clock, SystemClock
from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.web.app import Page, build
from clearml_hpo_app.web.application import own_application
from clearml_hpo_app.web.board import Board
from clearml_hpo_app.web.connection import Connection
from clearml_hpo_app.web.controllers import Controllers
from clearml_hpo_app.web.keys import SHORTEST_PASSWORD, Secrets
from clearml_hpo_app.web.poll import DEFAULT_CALLS_PER_MINUTE, Poll
from clearml_hpo_app.web.reported import Reading
from clearml_hpo_app.web.safety import EVERY_ADDRESS, QUERY, Door
from clearml_hpo_app.web.sources import Sources
from clearml_hpo_app.web.stream import Streams

START_SECONDS = 30.0


class PageServer:
    """Serves the applications page of one ClearML server.

    Args:
        host: Address to listen on; another one than this machine's own needs a password.
        port: Port; 0 takes a free one.
        password: What people type who have no address with a key; empty for none.
        connect_to_server: Makes connections to the ClearML server.
        clock: Tells the time.
        calls_per_minute: What the poll may ask the ClearML server.

    Raises:
        UsageError: Another address without a password of 8 characters or more, or a port that is taken.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 8099,
        password: str = "",
        connect_to_server: Callable[[], Client] = connect,
        clock: Clock | None = None,
        calls_per_minute: int = DEFAULT_CALLS_PER_MINUTE,
    ) -> None:
        if not is_loopback(host) and len(password) < SHORTEST_PASSWORD:
            raise UsageError(
                f"A page that other machines reach must have a password of {SHORTEST_PASSWORD} characters or more,"
                f" but {host} has {'a shorter one' if password else 'none'}. Set CLEARML_HPO_WEB_PASSWORD."
            )
        self._clock = clock or SystemClock()
        self._keys = Secrets(password, self._clock)
        self._socket = _listen(host, port)
        self._port = int(self._socket.getsockname()[1])
        self._host = host
        self._thread: threading.Thread | None = None
        connection = Connection(connect_to_server, self._clock)
        self._build(connection, calls_per_minute)

    @property
    def url(self) -> str:
        """The address of the page, with the key that opens it: as secret as a password."""
        return f"{self.address}/?{QUERY}={self._keys.key}"

    def brief_url(self) -> str:
        """Return an address that opens the page for five minutes, for starting a browser with it."""
        return f"{self.address}/?{QUERY}={self._keys.brief_key()}"

    @property
    def address(self) -> str:
        """The address of the page; by this machine's name where it listens on all addresses."""
        host = socket.gethostname().lower() if self._host in EVERY_ADDRESS else self._host
        name = f"[{host}]" if ":" in host else host
        return f"http://{name}:{self._port}"

    def start(self) -> None:
        """Serve from a background thread; return when the page answers."""
        self._poll.start()
        run = self._server.run
        self._thread = threading.Thread(target=run, args=([self._socket],), name="page", daemon=True)
        self._thread.start()
        pause, waited = threading.Event(), 0.0
        while not self._server.started:
            if not self._thread.is_alive() or waited > START_SECONDS:
                raise RuntimeError("The page must start within 30 s, but it did not.")
            pause.wait(0.01)
            waited += 0.01

    def stop(self) -> None:
        """End the streams and the requests under way, then the controllers that run on this machine."""
        self._streams.close()
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            self._poll.stop()
        self._socket.close()
        self._controllers.stop()

    def serve_forever(self, tell: Callable[["PageServer"], None]) -> None:
        """Serve until SIGTERM or Ctrl-C, then stop in order. Only for the main thread."""
        ended = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            ended.set()

        before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self.start()
            tell(self)
            while not ended.wait(0.5):
                if self._thread is None or not self._thread.is_alive():
                    break
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def __enter__(self) -> "PageServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _build(self, connection: Connection, calls_per_minute: int) -> None:
        application, board = own_application(), Board()
        reading = Reading(application.lines)
        self._poll = Poll(connection, board, reading, self._clock, calls_per_minute)
        self._streams = Streams(board, self._poll)
        self._controllers = Controllers()
        sources = Sources(connection, self._clock)
        page = Page(
            application,
            connection,
            board,
            self._poll,
            sources,
            self._controllers,
            self._streams,
            self.brief_url,
        )
        config = uvicorn.Config(
            Door(build(page), self._keys, [self._host], self._port),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            http="h11",
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        self._server = uvicorn.Server(config)


def is_loopback(host: str) -> bool:
    """Return whether `host` (a name or an address) is this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise UsageError(
            f"Port {port} of {host} must be free, but: {error.strerror}. Choose another one with --port."
        ) from error
    return listening
