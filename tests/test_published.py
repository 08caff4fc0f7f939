"""Reading what has been published: real folders, and real servers on this machine."""

from __future__ import annotations

import gzip
import json
import re
import socket
import ssl
import subprocess
import threading
import tracemalloc
import zlib
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import pytest

from committing import dump_manifest
from webinar_feeds import published
from webinar_feeds.artifacts import Listed
from webinar_feeds.locking import Trouble
from webinar_feeds.published import Published, Unreachable
from webinar_feeds.recovery import Remains

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LEDGER = b'{"series": "open-science"}\n'
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
FILES = {
    "ledger.jsonl": b'{"site": true}\n',
    "calendar.ics": b"the site's\r\n",
    "open-science/ledger.jsonl": LEDGER,
    "open-science/calendar.ics": CALENDAR,
    "open-science/invites/preprints.ics": b"an invite\r\n",
    "open-science/invites/open-data.ics": b"another\r\n",
    "health/ledger.jsonl": b'{"series": "health"}\n',
    "health/calendar.ics": CALENDAR,
    "topics/data/calendar.ics": b"a topic's\r\n",
}


def manifest(paths: Mapping[str, bytes]) -> bytes:
    listed = {
        path: Listed(sha256(data).hexdigest(), len(data), "text/calendar")
        for path, data in paths.items()
    }
    return dump_manifest(listed, "webinar-feeds 0.1.0", "2026f")


SITE = {"manifest.json": manifest(FILES), **FILES}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what has been published."""
    for path, data in SITE.items():
        (tmp_path / "output" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "output" / path).write_bytes(data)
    return tmp_path / "output"


class Answer(NamedTuple):
    """What a server says to one path."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}
    length: int | None = None


class Server(NamedTuple):
    """A server that is running, and every path that it was asked for."""

    url: str
    asked: list[str]
    heard: list[Mapping[str, str]]


@contextmanager
def serving(
    answers: Mapping[str, Answer], context: ssl.SSLContext | None = None
) -> Iterator[Server]:
    asked: list[str] = []
    heard: list[Mapping[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            heard.append(dict(self.headers))
            answer = answers.get(self.path, Answer(b"no such file", 404))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.length is None:
                self.send_header("Content-Length", str(len(answer.body)))
            elif answer.length >= 0:
                self.send_header("Content-Length", str(answer.length))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a client that does not trust the certificate hangs up

    server = Quiet(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        scheme = "http" if context is None else "https"
        yield Server(f"{scheme}://127.0.0.1:{server.server_port}", asked, heard)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answers(files: Mapping[str, bytes], below: str = "/webinars/") -> dict[str, Answer]:
    return {f"{below}{path}": Answer(data) for path, data in files.items()}


@pytest.fixture
def site() -> Iterator[Server]:
    """A server of what has been published, below `/webinars/`."""
    with serving(answers(SITE)) as server:
        yield server


def refused(where: str) -> str:
    """What is said of a place that cannot be read."""
    with pytest.raises(Unreachable) as told:
        published.open(where)
    return str(told.value)


# --- A folder and an address hold the same --------------------------------------------------------


def everything(found: Published) -> object:
    return (
        found.series,
        found.sessions("open-science"),
        found.sessions("health"),
        dict(found.ledgers()),
        dict(found.calendars()),
        found.ledger("site"),
        found.calendar("site"),
        found.ledger("elsewhere"),
        found.read("topics/data/calendar.ics"),
        found.read("topics/data/nothing.ics"),
    )


EVERYTHING = (
    ("health", "open-science"),
    ("open-data", "preprints"),
    (),
    {
        "health": b'{"series": "health"}\n',
        "open-science": LEDGER,
        "site": b'{"site": true}\n',
    },
    {"health": CALENDAR, "open-science": CALENDAR},
    b'{"site": true}\n',
    b"the site's\r\n",
    None,
    b"a topic's\r\n",
    None,
)


def test_a_folder_holds_what_was_published(folder: Path) -> None:
    assert everything(published.open(str(folder))) == EVERYTHING


@pytest.mark.parametrize(
    "path", ["/webinars", "/webinars/", "/webinars/manifest.json", "/webinars/#top"]
)
def test_an_address_holds_what_was_published(site: Server, path: str) -> None:
    assert everything(published.open(f"{site.url}{path}")) == EVERYTHING


def test_the_name_of_the_manifest_will_do(folder: Path) -> None:
    assert everything(published.open(str(folder / "manifest.json"))) == EVERYTHING


def test_nothing_is_asked_for_that_nobody_wants(site: Server) -> None:
    found = published.open(f"{site.url}/webinars")
    ledgers = found.ledgers()

    assert (len(ledgers), "health" in ledgers, sorted(ledgers)) == (
        3,
        True,
        ["health", "open-science", "site"],
    )
    assert ledgers.get("elsewhere") is None
    assert site.asked == ["/webinars/manifest.json"]


def test_caches_on_the_way_are_asked_to_look_again(site: Server) -> None:
    published.open(f"{site.url}/webinars")

    (heard,) = site.heard
    assert (heard["Cache-Control"], heard["Accept-Encoding"]) == ("no-cache", "gzip")
    assert heard["User-Agent"].startswith("webinar-feeds/")


def test_an_address_keeps_its_query() -> None:
    asked = {f"{path}?key=a%20b": answer for path, answer in answers(SITE, "/").items()}
    with serving(asked) as server:
        found = published.open(f"{server.url}?key=a b")

        assert found.ledger("open-science") == LEDGER
        assert found.name("a.ics") == f"{server.url}/a.ics"


@pytest.mark.parametrize("coding", ["gzip", "X-GZIP"])
def test_a_packed_answer_is_unpacked(coding: str) -> None:
    packed = {
        path: Answer(gzip.compress(answer.body), headers={"Content-Encoding": coding})
        for path, answer in answers(SITE, "/").items()
    }
    with serving(packed) as server:
        assert everything(published.open(server.url)) == EVERYTHING


def test_one_file_is_read_by_its_name(folder: Path, site: Server) -> None:
    assert published.read(str(folder / "open-science/calendar.ics")) == CALENDAR
    assert published.read(f"{site.url}/webinars/open-science/calendar.ics") == CALENDAR


# --- What is not there ----------------------------------------------------------------------------


def test_where_nothing_was_published_it_is_said(folder: Path, site: Server) -> None:
    (folder / "manifest.json").unlink()
    cure = (
        "is not there: name the folder or address that holds it; "
        "where nothing has been published yet, there is nothing to read"
    )

    assert refused(str(folder)) == f"`{folder.as_posix()}/manifest.json` {cure}"
    assert refused(f"{site.url}/elsewhere") == f"`{site.url}/elsewhere/manifest.json` {cure}"


def test_a_folder_that_does_not_exist_is_said(tmp_path: Path) -> None:
    wanted = tmp_path / "nowhere"

    assert refused(str(wanted)) == f"`{wanted.as_posix()}` is not a folder: check the name"


def test_a_file_that_does_not_exist_is_said(site: Server, tmp_path: Path) -> None:
    for where in (f"{site.url}/none.ics", (tmp_path / "none.ics").as_posix()):
        with pytest.raises(Unreachable) as told:
            published.read(where)
        assert str(told.value) == f"`{where}` is not there: check the name"


@pytest.mark.parametrize("data", [b"<!doctype html><title>Welcome</title>", b"{}", b"", b"[1]"])
def test_a_page_that_answers_to_everything_is_not_ours(folder: Path, data: bytes) -> None:
    (folder / "manifest.json").write_bytes(data)
    shown = f"`{folder.as_posix()}/manifest.json` is not a manifest of webinar-feeds: "

    assert refused(str(folder)) == f"{shown}name what `build` has made"
    with serving({"/manifest.json": Answer(data)}) as server:
        assert "is not a manifest of webinar-feeds" in refused(server.url)


def test_what_the_manifest_lists_and_nobody_has_is_never_taken_for_nothing(folder: Path) -> None:
    (folder / "health/ledger.jsonl").unlink()
    ledgers = published.open(str(folder)).ledgers()

    with pytest.raises(Unreachable) as told:
        ledgers.get("health", b"")
    shown = f"{folder.as_posix()}/health/ledger.jsonl"
    assert str(told.value) == (
        f"`{shown}` is not there, but `manifest.json` lists it: publish it again"
    )


def test_what_remains_is_what_is_still_there(folder: Path) -> None:
    """Who brings a ledger back has lost something, and takes what there is."""
    found = published.open(str(folder))
    whole = found.remains("open-science"), found.site_remains()
    for path in ("open-science/ledger.jsonl", "ledger.jsonl"):
        (folder / path).unlink()
    sessions = ("open-data", "preprints")

    assert whole == (Remains(LEDGER, CALENDAR, None, sessions), FILES["ledger.jsonl"])
    assert (found.remains("open-science"), found.site_remains()) == (
        Remains(None, CALENDAR, None, sessions),
        None,
    )
    assert found.remains("elsewhere") == Remains()


def test_a_site_without_its_memory_is_not_taken_for_a_new_one(folder: Path) -> None:
    """A build that believed it would give old sessions a SEQUENCE of 0 again (D4)."""
    held = {path: data for path, data in FILES.items() if path != "health/ledger.jsonl"}
    (folder / "manifest.json").write_bytes(manifest(held))
    found = published.open(str(folder))

    assert dict(found.calendars()) == {"health": CALENDAR, "open-science": CALENDAR}
    assert found.ledger("health") is None
    with pytest.raises(Unreachable) as told:
        found.ledgers()
    assert str(told.value) == (
        f"`{folder.as_posix()}/manifest.json` lists no ledger for `health`: bring it back with "
        f"`webinar-feeds ledger rebuild --from {folder.as_posix()}`, and build and publish "
        "once without `--previous`"
    )


@pytest.mark.parametrize("path", ["health/ledger.jsonl", "ledger.jsonl"])
@pytest.mark.parametrize("data", [b"", b'{"series": "older"}\n'])
def test_a_ledger_that_is_not_the_one_that_is_listed_is_not_believed(
    folder: Path, path: str, data: bytes
) -> None:
    """Cut off, or of another day than the rest: SEQUENCE would fall (I13)."""
    (folder / path).write_bytes(data)
    found = published.open(str(folder))
    name = path.partition("/")[0] if "/" in path else "site"

    assert found.ledger(name) == data
    with pytest.raises(Unreachable) as told:
        found.ledgers().get(name)
    assert str(told.value) == (
        f"`{folder.as_posix()}/{path}` is not the file that `manifest.json` lists: if it has just "
        "been published, try again later; otherwise bring it back with `webinar-feeds ledger "
        f"rebuild --from {folder.as_posix()}`, and build and publish once without `--previous`"
    )


def test_a_ledger_may_have_the_ends_of_lines_of_windows(folder: Path) -> None:
    data = LEDGER.replace(b"\n", b"\r\n")
    (folder / "open-science/ledger.jsonl").write_bytes(data)

    assert published.open(str(folder)).ledgers()["open-science"] == data


# --- Nothing outside of the address (S6) ----------------------------------------------------------

OUTSIDE = [
    "../secret",
    "a/../../secret",
    "/etc/passwd",
    "",
    ".",
    "a//b",
    "a\\..\\b",
    "c:/x",
    "a\0b",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leaves_the_address(folder: Path, site: Server, path: str) -> None:
    for where in (str(folder), f"{site.url}/webinars"):
        found = published.open(where)
        with pytest.raises(ValueError, match=re.escape(repr(path))):
            found.read(path)
    assert site.asked == ["/webinars/manifest.json"]


@pytest.mark.parametrize("path", ["../x/ledger.jsonl", "//evil/ledger.jsonl", "UP/ledger.jsonl"])
def test_a_manifest_cannot_name_what_is_outside(folder: Path, path: str) -> None:
    (folder / "manifest.json").write_bytes(manifest({path: b"", "a/ledger.jsonl": b""}))

    assert published.open(str(folder)).series == ("a",)


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (folder / "health/ledger.jsonl").unlink()
    (folder / "health/ledger.jsonl").symlink_to(tmp_path / "secret")

    with pytest.raises(Unreachable) as told:
        published.open(str(folder)).ledger("health")
    shown = f"{folder.as_posix()}/health/ledger.jsonl"
    assert str(told.value) == f"`{shown}` is a link that leads elsewhere: put the file in its place"


# --- Addresses that are none ----------------------------------------------------------------------


@pytest.mark.parametrize("where", ["ftp://w.example.org/", "file:///etc/", "https://", "ssh://x/"])
def test_only_addresses_of_the_web_are_read(where: str) -> None:
    told = f"`{where}` is not an address that can be read: write `https://…`, or a folder"

    assert refused(where) == told


@pytest.mark.parametrize("where", ["https://w.example.org:port/", "http://[::1/"])
def test_a_broken_address_is_said(where: str) -> None:
    assert refused(where).startswith("this is not an address: ")


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    assert refused("https://me:hush@w.example.org/x") == (
        "the address on `w.example.org` holds a name or password, which would show in lists of "
        "processes: fetch the files in another way, and name their folder"
    )


# --- Servers that do not help ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "401 Unauthorized: fetch the files in another way, and name their folder"),
        (403, "403 Forbidden: fetch the files in another way, and name their folder"),
        (429, "429 Too Many Requests: try again later"),
        (503, "503 Service Unavailable: try again later"),
        (400, "400 Bad Request: open it in a browser, and name the address where that ends"),
    ],
)
def test_a_server_that_refuses_is_quoted(status: int, told: str) -> None:
    with serving({"/manifest.json": Answer(b"sorry", status)}) as server:
        assert refused(server.url) == f"`{server.url}/manifest.json`: the server says {told}"


def test_a_file_that_is_gone_is_not_there() -> None:
    held = {"/manifest.json": Answer(SITE["manifest.json"]), "/a.ics": Answer(status=410)}
    with serving(held) as server:
        assert published.open(server.url).read("a.ics") is None


def test_a_redirect_on_the_same_terms_is_followed(site: Server) -> None:
    moved = {
        "/manifest.json": Answer(
            status=301, headers={"Location": f"{site.url}/webinars/manifest.json"}
        )
    }
    with serving(moved) as server:
        assert published.open(server.url).series == ("health", "open-science")


@pytest.mark.parametrize("target", ["ftp://w.example.org/m", "file:///etc/passwd", "gopher://x/"])
def test_a_redirect_to_something_else_is_not(target: str) -> None:
    with serving({"/manifest.json": Answer(status=302, headers={"Location": target})}) as server:
        assert refused(server.url).startswith(f"`{server.url}/manifest.json`")


def test_redirects_in_a_circle_end() -> None:
    with serving(
        {"/manifest.json": Answer(status=302, headers={"Location": "/manifest.json"})}
    ) as s:
        told = refused(s.url)
        assert len(s.asked) < 20
    assert "302" in told


def test_an_answer_that_breaks_off_is_not_taken_for_whole() -> None:
    whole = SITE["manifest.json"]
    with serving({"/manifest.json": Answer(whole, length=len(whole) + 1)}) as server:
        assert refused(server.url) == (
            f"`{server.url}/manifest.json`: the answer breaks off: "
            "check the address and your network, and try again"
        )


def test_a_packed_answer_that_breaks_off_is_not_taken_for_whole() -> None:
    packed = gzip.compress(SITE["manifest.json"])[:-9]
    for body in (packed, b"not packed at all"):
        answer = Answer(body, headers={"Content-Encoding": "gzip"})
        with serving({"/manifest.json": answer}) as server:
            assert refused(server.url).startswith(f"`{server.url}/manifest.json`: ")


def test_a_coding_that_nobody_asked_for_is_said() -> None:
    answer = Answer(b"?", headers={"Content-Encoding": "br"})
    with serving({"/manifest.json": answer}) as server:
        assert refused(server.url) == (
            f"`{server.url}/manifest.json` is sent as `br`, which nobody asked for: "
            "mend the server's settings"
        )


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_what_is_too_large_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch, coding: str
) -> None:
    monkeypatch.setattr(published, "LIMIT", 1 << 20)
    body = b" " * ((1 << 20) + 1)
    if coding == "gzip":
        body = gzip.compress(body)
    answer = Answer(body, headers={"Content-Encoding": coding})
    with serving({"/manifest.json": answer}) as server:
        assert refused(server.url) == (
            f"`{server.url}/manifest.json` is larger than 1 MiB: it is not one of ours"
        )


def test_a_packed_answer_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred kilobytes can hold a hundred megabytes of nothing."""
    monkeypatch.setattr(published, "LIMIT", 1 << 20)
    packed = zlib.compressobj(wbits=31)
    block = bytes(1 << 20)
    body = b"".join([*(packed.compress(block) for _ in range(100)), packed.flush()])
    answer = Answer(body, headers={"Content-Encoding": "gzip"})
    with serving({"/manifest.json": answer}) as server:
        tracemalloc.start()
        told = refused(server.url)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert "is larger than 1 MiB" in told
    assert peak < 16 << 20


def test_a_file_that_is_too_large_is_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "LIMIT", 10)

    assert refused(str(folder)).startswith(f"`{folder.as_posix()}/manifest.json` is larger than")


def test_a_file_that_is_a_folder_cannot_be_read(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()

    assert refused(str(folder)) == (
        f"`{folder.as_posix()}/manifest.json`: Is a directory: "
        "check that it is a file, and its permissions"
    )


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(published, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"

        assert refused(url) == (
            f"`{url}/manifest.json`: there was no answer for 0.2 seconds: try again later"
        )


def test_a_machine_that_does_not_answer_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}"

    assert refused(url) == (
        f"`{url}/manifest.json`: Connection refused: "
        "check the address and your network, and try again"
    )


def test_a_name_that_does_not_exist_is_said() -> None:
    told = refused("http://nowhere.invalid/")

    assert told.startswith("`http://nowhere.invalid/manifest.json`: ")
    assert told.endswith(": check the address and your network, and try again")


def test_something_that_does_not_speak_http_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}"

        def greet() -> None:
            line, _ = other.accept()
            with line:
                line.sendall(b"220 mail.example.org ESMTP\r\n")

        greeter = threading.Thread(target=greet)
        greeter.start()
        told = refused(url)
        greeter.join()
    assert told.startswith(f"`{url}/manifest.json`: ")


# --- Certificates ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody has signed, with its key in the same file."""
    folder = tmp_path_factory.mktemp("certificate")
    made = folder / "both.pem"
    key, own = folder / "key.pem", folder / "own.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", str(key), "-out", str(own), "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    made.write_bytes(key.read_bytes() + own.read_bytes())
    return made


@pytest.fixture
def secured(certificate: Path) -> Iterator[Server]:
    """The site over https, under a certificate that is trusted only by who names it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    away = {"/away/manifest.json": Answer(status=302, headers={"Location": "http://127.0.0.1:9/m"})}
    with serving({**answers(SITE), **away}, context) as server:
        yield server


@pytest.fixture
def trusting(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust that certificate, as one who has an authority of their own does."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def test_a_certificate_that_nobody_signed_is_said(secured: Server) -> None:
    assert re.sub(r"\([^)]*\)", "(…)", refused(f"{secured.url}/webinars")) == (
        f"`{secured.url}/webinars/manifest.json`: its certificate is not valid (…): "
        "renew it; an authority of your own is named by the variable SSL_CERT_FILE"
    )
    assert secured.asked == []


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("scheme", ["https", "webcal", "webcals"])
def test_calendar_addresses_are_read_over_https(secured: Server, scheme: str) -> None:
    url = secured.url.replace("https", scheme)

    assert everything(published.open(f"{url}/webinars/")) == EVERYTHING


@pytest.mark.usefixtures("trusting")
def test_a_redirect_never_leaves_https(secured: Server) -> None:
    assert refused(f"{secured.url}/away") == (
        f"`{secured.url}/away/manifest.json` leads to `http://127.0.0.1:9/m`, which anybody on the "
        "way can change: name an address that stays with https"
    )


@pytest.mark.usefixtures("trusting")
def test_a_redirect_may_go_from_http_to_https(secured: Server) -> None:
    target = f"{secured.url}/webinars/manifest.json"
    with serving({"/manifest.json": Answer(status=308, headers={"Location": target})}) as server:
        assert published.open(server.url).series == ("health", "open-science")


def test_a_server_without_https_is_said(site: Server) -> None:
    url = site.url.replace("http:", "webcal:")
    shown = site.url.replace("http:", "https:")

    assert refused(f"{url}/webinars") == (
        f"`{shown}/webinars/manifest.json`: it does not speak https: "
        f"write `{site.url}/webinars/manifest.json` if that is what you mean"
    )


# --- How it is told -------------------------------------------------------------------------------


def test_a_place_that_cannot_be_read_is_the_worlds_trouble() -> None:
    """Commands end with the status of the disk and the network, 3."""
    assert issubclass(Unreachable, Trouble)


def test_a_manifest_of_another_version_is_read_as_far_as_it_is_known(folder: Path) -> None:
    document = json.loads(SITE["manifest.json"])
    document["version"] = 2
    (folder / "manifest.json").write_text(json.dumps(document))

    assert published.open(str(folder)).series == ("health", "open-science")
