"""A mail server, as smtplib knows it: the way to it, and what travels there (RFC 5321)."""

from __future__ import annotations

import smtplib
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webinar_feeds.invitations.accounts import Account

_IN_THE_CLEAR = "the server offers no encryption (STARTTLS), so nothing was sent"
_DOT = b"\r\n.\r\n"


def connect(account: Account, timeout: float) -> smtplib.SMTP:
    """A server that is ready to take letters, by TLS with a verified certificate.

    Only to this very machine a connection may be in the clear.

    Raises:
        smtplib.SMTPNotSupportedError: the server offers no encryption.
        OSError: it cannot be reached, or its certificate is not to be trusted.
        smtplib.SMTPException: it does not want us.
    """
    context = ssl.create_default_context()
    if account.secure:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            account.host, account.port, timeout=timeout, context=context
        )
    else:
        server = smtplib.SMTP(account.host, account.port, timeout=timeout)
    try:
        server.ehlo()
        if not account.secure and (server.has_extn("starttls") or not account.is_here):
            if not server.has_extn("starttls"):
                raise smtplib.SMTPNotSupportedError(_IN_THE_CLEAR)  # noqa: TRY301 - closed below
            server.starttls(context=context)
            server.ehlo()
        if account.user:
            server.login(account.user, account.password)
    except BaseException:
        server.close()
        raise
    return server


def travels(recipient: str) -> bool:
    """Whether an address fits into a command, which ends with its line."""
    return recipient.isprintable() and not set(recipient) & set(" <>")


def quoted(data: bytes) -> bytes:
    """A message as it travels: lines that begin with a dot get a second one, and one ends it."""
    lines = (b"\r\n" + data).replace(b"\r\n.", b"\r\n..")[2:]
    return lines.removesuffix(b"\r\n") + _DOT


def reply(code: int, said: bytes) -> str:
    """A server's reply on one line, without what a terminal would take for a command."""
    words = " ".join(said.decode("utf-8", "replace").split())
    plain = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in words)
    return f"{code} {plain[:300]}".strip()


def why(error: Exception) -> str:
    """What went wrong, in the server's words where it has said any."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return reply(error.smtp_code, said if isinstance(said, bytes) else said.encode())
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
