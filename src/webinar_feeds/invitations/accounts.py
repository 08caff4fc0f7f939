"""The mail servers' accounts: addresses from the environment, passwords from there or the keyring.

Never from a file of the project: what is written there is committed sooner or later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from webinar_feeds.diagnostics import Location, Refused, Severity, declare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

bad_account = declare(
    "WF951",
    Severity.ERROR,
    "the mail server in {variable} cannot be used: {why}",
    help="write it as `{example}`",
)
no_account = declare(
    "WF952",
    Severity.ERROR,
    "it is not said which mail server to use",
    help="set {variable} to its address, such as `{example}`",
)
no_password = declare(
    "WF953",
    Severity.ERROR,
    "there is no password for {user} at {host}",
    help="set {variable}, or store one: `keyring set {service} {user}`",
)
SMTP, IMAP = "WEBINAR_FEEDS_SMTP", "WEBINAR_FEEDS_IMAP"
_EXAMPLES = {
    SMTP: "smtps://library@mail.example.org",
    IMAP: "imaps://library@mail.example.org/INBOX",
}
# With TLS from the first byte (RFC 8314), and with STARTTLS.
_PORTS = {"smtps": 465, "smtp": 587, "imaps": 993, "imap": 143}
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class Account(NamedTuple):
    """A way into a mail server.

    `secure` is TLS from the first byte; else STARTTLS is asked for, and insisted on unless the
    server is this machine. `user` and `password` are empty where the server asks for none.
    """

    host: str
    port: int
    secure: bool
    user: str = ""
    password: str = ""
    folder: str = ""

    @property
    def is_here(self) -> bool:
        """Whether the server is this machine, so that nobody else can listen."""
        return self.host in _HERE


def account(
    environment: Mapping[str, str], variable: str, keyring: Callable[[str, str], str | None]
) -> Account:
    """The account that a variable names, `smtps://user@host:port` or `imap://…/folder`.

    Args:
        environment: the variables.
        variable: the one with the address; the one with `_PASSWORD` behind it has the password.
        keyring: a password by service and user, None when it holds none.

    Raises:
        Refused: it names none that could be used.
    """
    text, example = environment.get(variable, "").strip(), _EXAMPLES[variable]
    if not text:
        raise Refused(
            [no_account.diagnostic(Location(variable), variable=variable, example=example)]
        )
    found = _read(text, variable)
    if isinstance(found, str):
        said = bad_account.diagnostic(
            Location(variable), variable=variable, why=found, example=example
        )
        raise Refused([said])
    if not found.user:
        return found
    service = f"webinar-feeds:{found.host}"
    secret = f"{variable}_PASSWORD"
    password = environment.get(secret) or keyring(service, found.user)
    if not password:
        place = Location(variable)
        values = {"user": found.user, "host": found.host, "variable": secret, "service": service}
        raise Refused([no_password.diagnostic(place, **values)])
    return found._replace(password=password)


def _read(text: str, variable: str) -> Account | str:
    """The account without its password, or what is wrong with its address."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        return "its port is no number"
    scheme = variable.rpartition("_")[2].lower()
    if url.scheme not in {scheme, f"{scheme}s"}:
        return f"it begins with neither `{scheme}s://` nor `{scheme}://`"
    if not url.hostname:
        return "it names no server"
    if url.password is not None:
        return f"a password does not belong there; set {variable}_PASSWORD"
    user, folder = unquote(url.username or ""), unquote(url.path.removeprefix("/"))
    if not f"{user}{folder}{url.hostname}".isprintable():
        return "it has characters that no address has"
    secure = url.scheme.endswith("s")
    return Account(url.hostname, port or _PORTS[url.scheme], secure, user, folder=folder)


def from_keyring(service: str, user: str) -> str | None:
    """The password that the system's own store holds, None where there is none, or no store."""
    try:
        import keyring  # noqa: PLC0415 - an extra, and slow to start
    except ModuleNotFoundError:
        return None
    try:
        found: str | None = keyring.get_password(service, user)
    except keyring.errors.KeyringError:
        return None
    return found
