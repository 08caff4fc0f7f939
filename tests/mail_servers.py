"""Servers that tests start on this machine: for mail in, mail out, and a database.

All run without privileges, on free ports of the loopback or a socket of their own, in a folder of
the test's, and end with it.
"""

from __future__ import annotations

import asyncio
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DROP = "drop"
HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as tried:
        tried.bind((HOST, 0))
        port: int = tried.getsockname()[1]
        return port


def ordinary(step: str, number: int) -> None:
    """A plan without any surprise."""
    del step, number


def drop(server: SMTP) -> None:
    """Break the connection."""
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


class Postbox:
    """What a server has taken, and how it behaves.

    `plan` is asked at each step with the name of the step and how often it has come before; it
    gives a reply, `DROP` to break the connection, or None for the ordinary. The steps are EHLO,
    MAIL, RCPT, DATA, the content before it is kept (LOST), after it is kept (KEPT), and QUIT.
    """

    def __init__(self, plan: Callable[[str, int], str | None] | None = None) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.steps: dict[str, int] = {}
        self.plan = plan or ordinary

    def planned(self, step: str) -> str | None:
        number = self.steps.get(step, 0)
        self.steps[step] = number + 1
        return self.plan(step, number)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        del session
        (recipient,) = envelope.rcpt_tos
        said = self.planned("LOST")
        if said is not None:
            if said == DROP:
                drop(server)
            return said
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append((recipient, content))
        said = self.planned("KEPT")
        if said == DROP:
            drop(server)
        return said or "250 taken"


class _Faulty(SMTP):
    async def _push_or_drop(self, step: str) -> bool:
        said = self.event_handler.planned(step)
        if said is None:
            return False
        if said == DROP:
            drop(self)
        else:
            await self.push(said)
        return True

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd's name
        if not await self._push_or_drop("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        if not await self._push_or_drop("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        if not await self._push_or_drop("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        if not await self._push_or_drop("DATA"):
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        if not await self._push_or_drop("QUIT"):
            await super().smtp_QUIT(arg)


class _Controller(Controller):
    options: dict[str, Any]

    def factory(self) -> SMTP:
        return _Faulty(self.handler, enable_SMTPUTF8=True, decode_data=False, **self.options)


@contextmanager
def postbox(box: Postbox, host: str = HOST, **options: Any) -> Iterator[int]:
    """A server that takes mail into a box; its port."""
    controller = _Controller(box, hostname=host, port=free_port(), server_hostname="test")
    controller.options = options
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
        asyncio.set_event_loop(None)


# --- Real programs ---------------------------------------------------------------------------


def unprivileged(path: Path) -> tuple[list[str], pwd.struct_passwd]:
    """How to start a program as somebody who may do nothing, and who that is; owns `path`."""
    if os.geteuid() != 0:
        return [], pwd.getpwuid(os.getuid())
    nobody = pwd.getpwnam("nobody")
    for each in (path, *path.rglob("*")):
        os.chown(each, nobody.pw_uid, nobody.pw_gid)
    for parent in path.parents:
        if parent.stat().st_uid == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o111)
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"], (
        nobody
    )


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until somebody listens."""
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError(log.read_text(errors="replace"))
        with socket.socket() as tried:
            if tried.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(log.read_text(errors="replace"))


@contextmanager
def running(
    command: list[str], port: int, log: Path, stop: signal.Signals = signal.SIGTERM
) -> Iterator[None]:
    """A program while it runs."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL)
    try:
        wait_for(port, process, log)
        yield
    finally:
        process.send_signal(stop)
        process.wait(20)


EXIM = """\
exim_user = {user}
exim_group = {group}
primary_hostname = mail.example.org
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/exim.pid
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
tls_advertise_hosts = *
tls_certificate = {folder}/chain.pem
tls_privatekey = {folder}/key.pem
never_users =
keep_environment =
acl_smtp_rcpt = rcpt
acl_smtp_data = accept_all
queue_run_max = 1
remote_max_parallel = 1
smtp_accept_max = 5
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
begin acl
rcpt:
  deny message = no such mailbox
       local_parts = nobody-here
  require authenticated = *
  accept
accept_all:
  accept
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_set_id = $auth2
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{library}}}}{{eq{{$auth3}}{{s3cret-word}}}}}}}}
  server_advertise_condition = ${{if def:tls_in_cipher}}
begin routers
home:
  driver = accept
  local_parts = library
  transport = home
others:
  driver = accept
  transport = others
begin transports
home:
  driver = appendfile
  maildir_format
  directory = {folder}/mail/library
  user = {user}
  group = {group}
others:
  driver = appendfile
  maildir_format
  envelope_to_add
  directory = {folder}/mail/others
  user = {user}
  group = {group}
"""

DOVECOT = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
mail_location = maildir:{folder}/mail/%u
ssl = required
ssl_cert = <{folder}/chain.pem
ssl_key = <{folder}/key.pem
first_valid_uid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={{PLAIN}}s3cret-word
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home allow_all_users=yes
}}
"""


@contextmanager
def mail_system(folder: Path, certificate: bytes, key: bytes) -> Iterator[tuple[int, int]]:
    """Exim for mail out and Dovecot for mail in: the ports of SMTP (STARTTLS) and IMAP (TLS).

    The user is `library`, the password `s3cret-word`; mail to `library` lies in `mail/library`, to
    anybody else in `mail/others`, each a Maildir.
    """
    for each in ("spool", "run", "state", "mail", "home"):
        (folder / each).mkdir(parents=True)
    (folder / "chain.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(key)
    (folder / "key.pem").chmod(0o600)
    out, in_ = free_port(), free_port()
    _, who = unprivileged(folder)
    values = {
        "folder": folder,
        "user": who.pw_name,
        "group": grp.getgrgid(who.pw_gid).gr_name,
        "uid": who.pw_uid,
        "gid": who.pw_gid,
    }
    (folder / "exim.conf").write_text(EXIM.format(**values, port=out))
    (folder / "dovecot.conf").write_text(DOVECOT.format(**values, port=in_))
    start, _ = unprivileged(folder)
    exim = shutil.which("exim4", path="/usr/sbin:/usr/bin") or "exim4"
    dovecot = shutil.which("dovecot", path="/usr/sbin:/usr/bin") or "dovecot"
    with (
        running(
            [*start, exim, "-C", str(folder / "exim.conf"), "-bdf"],
            out,
            folder / "exim.out",
        ),
        running([*start, dovecot, "-F", "-c", str(folder / "dovecot.conf")], in_, folder / "d.out"),
    ):
        yield out, in_


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """PostgreSQL, reached by a socket in the folder: its URL."""
    bins = max(Path("/usr/lib/postgresql").glob("*/bin"))
    start, _ = unprivileged(folder)
    data = folder / "data"
    make = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=post"]
    subprocess.run(
        [*start, bins / "initdb", *make, "-D", data], check=True, capture_output=True, cwd=folder
    )
    port = free_port()
    options = ["-k", str(folder), "-h", HOST, "-p", str(port), "-c", "fsync=off"]
    command = [*start, str(bins / "postgres"), "-D", str(data), *options]
    # Interrupted, it does not wait for whoever is connected.
    with running(command, port, folder / "postgres.log", signal.SIGINT):
        yield f"postgresql://post@{HOST}:{port}/postgres"


@contextmanager
def sink() -> Iterator[tuple[int, Callable[[], int]]]:
    """A server that takes everything at once and keeps only how much it was: port, count."""
    count = [0]

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 sink\r\n")
            for line in lines:
                command = line[:4].upper()
                if command == b"EHLO":
                    connection.sendall(b"250-sink\r\n250 8BITMIME\r\n")
                elif command == b"DATA":
                    connection.sendall(b"354 go\r\n")
                    while next(lines) != b".\r\n":
                        pass
                    count[0] += 1
                    connection.sendall(b"250 taken\r\n")
                else:
                    connection.sendall(b"221 bye\r\n" if command == b"QUIT" else b"250 ok\r\n")

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1], lambda: count[0]
        thread.join(10)


@contextmanager
def talking(host: str, *words: bytes) -> Iterator[int]:
    """A server that greets, answers nothing but what IMAP asks first, and hangs up: its port."""

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"".join(words))
            for line in lines:
                tag, _, command = line.strip().partition(b" ")
                if command.upper() == b"CAPABILITY":
                    connection.sendall(b"* CAPABILITY IMAP4rev1\r\n")
                connection.sendall(tag + b" OK done\r\n")

    with socket.create_server((host, 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)
