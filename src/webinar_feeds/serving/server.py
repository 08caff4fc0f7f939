"""HTTP on loopback: who is answered, and how the answers are sent.

Only programs of this machine reach it, but a page of any site may be one of them: so a request has
to name this machine, as one does not that a foreign name was bent to (DNS rebinding), and what an
event file says of itself is told to our own pages alone.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread
from typing import TYPE_CHECKING, Self

from webinar_feeds.locking import Trouble
from webinar_feeds.serving import answers, live
from webinar_feeds.serving.answers import Told
from webinar_feeds.serving.shelf import NOT_FOUND, Elsewhere, Held, Shelf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO

HOST = "127.0.0.1"
HEARTBEAT = 15.0  # seconds after which an open stream says that it is alive
# What a terminal would take for a command.
_QUIET = dict.fromkeys((*range(32), *range(127, 160)), "\N{REPLACEMENT CHARACTER}")
_BLOCK = 1 << 16
_MOST = 500  # paths of an output without pages that are listed
# A port may be another one: whoever forwards ours from elsewhere still says these names.
_OURS = re.compile(r"(?:127\.0\.0\.1|localhost)(?::\d{1,5})?", re.IGNORECASE)


class Taken(Trouble):
    """The port cannot be had; the words say why, and what to do."""


class Server:
    """Serves an output folder, from `start` to the end of its `with`; its port it has at once.

    Whoever asks before that waits for an answer.

    Args:
        folder: the output folder; it need not exist yet.
        port: on 127.0.0.1; 0 lets the system choose.
        heard: called with a line for each request.

    Raises:
        Taken: the port cannot be had.
    """

    def __init__(self, folder: Path, port: int, heard: Callable[[str], None] | None = None) -> None:
        self.shelf = Shelf(folder)
        self.live = live.Live()
        self.heard = heard
        try:
            self._http = _Http((HOST, port), _Handler)
        except OSError as error:
            raise Taken(_why(error, port)) from error
        self._http.room = self
        self._thread = Thread(target=self._http.serve_forever, args=(0.1,), daemon=True)

    @property
    def port(self) -> int:
        """The port that it has."""
        return self._http.server_port

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}/"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.live.end()
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    """A thread a connection; none of them keeps the program from ending."""

    room: Server
    daemon_threads = True
    block_on_close = False
    # On Windows it would let two programs have one port.
    allow_reuse_address = os.name != "nt"

    def server_bind(self) -> None:
        """Take the port without asking the network what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.socket.getsockname()[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that has gone; it does so all the time."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # it only prints them


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: _Http
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds without a request after which a connection is closed

    def do_GET(self) -> None:
        """Answer with a file, with what is new, or with why not."""
        path = self._asked()
        if path is None:
            return
        if path == live.EVENTS:
            self._stream()
        elif path.startswith(live.HOME):
            self._send_asset(path)
        else:
            self._send_found(path)

    do_HEAD = do_GET  # noqa: N815 - the same without its body

    def do_OPTIONS(self) -> None:
        """Say what may be asked."""
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "only GET and HEAD are answered")

    do_DELETE = do_PATCH = do_POST = do_PUT = do_OPTIONS  # noqa: N815 - the library's names

    # --------------------------------------------------------------------------- who is answered

    def _asked(self) -> str | None:
        """The path that is asked for, percent-encoded; None when the request was refused."""
        hosts = self.headers.get_all("Host", [])
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            # Nobody reads it, so what follows it cannot be found.
            self.close_connection = True
        if len(hosts) != 1 or not self.path.startswith("/"):
            self._refuse(HTTPStatus.BAD_REQUEST, "a request names one host and a path")
        elif not _OURS.fullmatch(hosts[0]):
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "this is only for 127.0.0.1 and localhost")
        else:
            # Not urlsplit, which takes `//name/` for another host.
            return self.path.partition("#")[0].partition("?")[0]
        return None

    # ------------------------------------------------------------------------------ what is sent

    def _send_found(self, path: str) -> None:
        room = self.server.room
        found = room.shelf.find(path)
        if isinstance(found, Elsewhere):
            headers = {"Location": found.location, "Content-Length": "0"}
            self._head(HTTPStatus.FOUND, {**answers.always(), **headers})
            return
        if found is not None:
            with found.file:
                self._send_held(found)
            return
        missing = room.shelf.find(f"/{NOT_FOUND}")
        if isinstance(missing, Held):
            with missing.file:
                page = missing.file.read()
        else:
            page = live.nothing_here(room.shelf.below(path)[:_MOST])
        self._send_page(HTTPStatus.NOT_FOUND, page)

    def _send_held(self, held: Held) -> None:
        """A file that is there, as far as the client does not have it already."""
        told = Told(held.path, held.media_type, held.size, held.sha256, held.modified)
        page = None
        if _is_html(held.media_type):
            own = held.file.read()
            page = live.listening(own, self.server.room.live.state.version)
            sha256, policy = hashlib.sha256(page).hexdigest(), live.policy(own)
            told = told._replace(size=len(page), sha256=sha256, policy=policy)
        answer = answers.answer(told, self.headers)
        self._head(answer.status, answer.headers)
        if self.command == "HEAD" or answer.start == answer.stop:
            return
        if page is not None:
            self.wfile.write(page[answer.start : answer.stop])
            return
        held.file.seek(answer.start)
        self._copy(held.file, answer.stop - answer.start)

    def _copy(self, file: BinaryIO, size: int) -> None:
        """Send so many bytes of a file."""
        while size:
            block = file.read(min(size, _BLOCK))
            if not block:  # it has become shorter: the client must not wait for the rest
                self.close_connection = True
                return
            self.wfile.write(block)
            size -= len(block)

    def _send_page(self, status: HTTPStatus, own: bytes) -> None:
        """HTML that is no file of its own at this path."""
        page = live.listening(own, self.server.room.live.state.version)
        headers = answers.always(live.policy(own))
        headers |= {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(page))}
        self._head(status, headers)
        if self.command != "HEAD":
            self.wfile.write(page)

    def _send_asset(self, path: str) -> None:
        found = live.asset(path)
        if found is None:
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
            return
        data, media_type = found
        headers = {"Content-Type": media_type, "Content-Length": str(len(data))}
        self._head(HTTPStatus.OK, {**answers.always(), **headers})
        if self.command != "HEAD":
            self.wfile.write(data)

    def _stream(self) -> None:
        """Tell the state whenever it changes, until the page has gone."""
        if self.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            self._refuse(HTTPStatus.FORBIDDEN, "this is for pages of the preview")
            return
        self.close_connection = True
        headers = answers.always() | {"Cache-Control": "no-store", "Connection": "close"}
        self._head(HTTPStatus.OK, {**headers, "Content-Type": "text/event-stream"})
        if self.command == "HEAD":
            return
        room, seen = self.server.room, -1
        while not room.live.is_over:
            number, state = room.live.wait(seen, HEARTBEAT)
            self.wfile.write(state.message() if number != seen else b": still here\n\n")
            self.wfile.flush()
            seen = number

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self.close_connection = True
        body = f"{why}\n".encode()
        headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = "GET, HEAD"
        self._head(status, {**answers.always(), **headers, "Connection": "close"})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    # ---------------------------------------------------------------------- what the library asks

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what the library could not read, with the headers of every answer."""
        del explain
        status = HTTPStatus(code)
        if status is HTTPStatus.NOT_IMPLEMENTED:
            status = HTTPStatus.METHOD_NOT_ALLOWED
        # What was not understood so far is answered in the version that we speak.
        self.request_version = self.protocol_version
        self.command = getattr(self, "command", None) or ""
        self._refuse(status, message or status.phrase)

    def version_string(self) -> str:
        """The value of `Server`, which tells no versions."""
        return "webinar-feeds"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Hand a line about a request to whoever wants to hear it."""
        if self.server.room.heard is not None:
            self.server.room.heard((format % args).translate(_QUIET))


def _is_html(media_type: str) -> bool:
    return media_type.partition(";")[0].strip() == "text/html"


def _why(error: OSError, port: int) -> str:
    """Why a port cannot be had, and what to do."""
    other = "name another one with `--port`, or `--port 0` to take any that is free"
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is taken by another program, perhaps another preview: stop it, or {other}"
        )
    return f"port {port} cannot be had ({error.strerror or error}): {other}"
