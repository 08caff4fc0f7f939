"""Caddy on a server of one's own: a Caddyfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds import headers
from webinar_feeds.hosting import File, rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from webinar_feeds.hosting import Place

CONFIGURATION = "hosting/Caddyfile"
PAGE = headers.TYPES["html"]  # what a folder is shown as


def files(place: Place) -> tuple[File, ...]:
    """One Caddyfile, which another one may import."""
    return (File(CONFIGURATION, "\n".join((*_site(place), ""))),)


def _site(place: Place) -> Iterator[str]:
    where = rules.address(place)
    yield "# The site, for Caddy. Import it in /etc/caddy/Caddyfile, and reload;"
    yield "# `webinar-feeds init --host caddy` writes it anew."
    yield f"{_name(where)} {{"
    yield f"\t# `webinar-feeds publish {rules.ROOT}{where.folder}` brings the site there."
    yield f"\troot * {rules.ROOT}"
    yield "\theader X-Content-Type-Options nosniff"
    yield f'\theader Content-Security-Policy "{headers.FRAMES}"'
    yield "\t@tells not method GET HEAD"
    yield '\theader @tells Allow "GET, HEAD"'
    yield "\thandle @tells {"
    yield "\t\terror 405"
    yield "\t}"
    yield "\t# What publishing keeps for itself."
    yield "\t@own path_regexp /\\."
    yield "\thandle @own {"
    yield "\t\terror 404"
    yield "\t}"
    yield "\t@there file {path} {path}/index.html"
    yield "\thandle @there {"
    yield "\t\troute {"
    yield from (f"\t\t\t{line}".rstrip() for line in _headers(place))
    yield "\t\t\tfile_server"
    yield "\t\t}"
    yield "\t}"
    yield "\thandle {"
    yield "\t\terror 404"
    yield "\t}"
    yield ""
    yield "\thandle_errors {"
    yield f"\t\trewrite * {where.folder}/{{err.status_code}}.html"
    yield "\t\tfile_server"
    yield "\t}"
    yield "}"


def _name(where: rules.Address) -> str:
    """What Caddy listens to; it fetches certificates for names, unless http is asked for."""
    if where.host is None:
        return ":80"
    return where.origin if where.scheme == "http" or where.port else where.host


def _headers(place: Place) -> Iterator[str]:
    """What is sent with which file, by its name, the general before the particular."""
    yield f'header Cache-Control "{rules.for_minutes()}"'
    yield f"@lasting path {_endings(rules.lasting())}"
    yield f'header @lasting Cache-Control "{rules.for_an_hour()}"'
    asked = sorted(headers.ASKED_EACH_TIME)
    yield f"@asked path {_names(asked)}"
    yield f'header @asked Cache-Control "{headers.cache_control(asked[0], "")}"'
    yield ""
    yield "# Other sites' pages may read calendars and feeds."
    yield f"@shared path {_endings(rules.shared())}"
    yield f'header @shared {rules.ALLOWED} "*"'
    yield ""
    yield "map {file.ext} {webinars_type} {"
    for _, endings in rules.types():
        told = headers.content_type(headers.TYPES[endings[0]])
        yield from (f'\t.{each} "{told}"' for each in endings)
    yield f'\t"" "{headers.content_type(PAGE)}"'
    yield f"\tdefault {headers.UNKNOWN}"
    yield "}"
    yield "header Content-Type {webinars_type}"
    for number, (name, media_type) in enumerate(headers.NAMED.items()):
        yield f"@named{number} path {_names([name])}"
        yield f'header @named{number} Content-Type "{headers.content_type(media_type)}"'
    yield ""
    yield "# A session's own calendar is saved or opened; one to subscribe to is read where it is."
    yield "@invite path_regexp invite /invites/([A-Za-z0-9._-]+\\.ics)$"
    yield f"header @invite Content-Disposition `{_attached()}`"
    if place.hub is not None and place.base_url is not None:
        hub, origin = rules.safe(place.hub), rules.address(place).origin
        yield ""
        yield "# Feeds name their hub, which tells readers of changes at once."
        yield f"@feed path {_endings(rules.feeds())} {_names(headers.NAMED)}"
        yield f'header @feed Link `<{hub}>; rel="hub", <{origin}{{path}}>; rel="self"`'
    yield ""
    yield from _packed()


def _packed() -> Iterator[str]:
    """Compression of what it makes smaller (H8); parts of a file, and HEAD, are left as they are.

    The tag of what is packed on its way is a weak one, since its bytes are others (RFC 9110
    §8.8.1); Caddy 2.6 would leave it as it is.
    """
    told = " ".join(("*/", *(f"*.{each}" for each in rules.packable())))
    yield "# Calendars are sent as they are: Outlook on the web has failed to read gzip."
    yield f"@packable path {told}"
    yield "header @packable ?Vary Accept-Encoding"
    yield "@packed {"
    yield "\tmethod GET"
    yield f"\tpath {told}"
    yield "\theader_regexp Accept-Encoding gzip|zstd"
    yield "\tnot header Range *"
    yield "}"
    yield "header @packed {"
    yield '\tETag `^"` `W/"`'
    yield "\tdefer"
    yield "}"
    yield "encode @packed {"
    yield "\tzstd"
    yield "\tgzip"
    yield "\tmatch {"
    yield "\t\theader Content-Type *"
    yield "\t}"
    yield "}"


def _attached() -> str:
    """The disposition of an invite; the ids that names are made of need no escaping (H5)."""
    found = headers.content_disposition("invites/NAME", "text/calendar") or ""
    return found.replace("NAME", "{re.invite.1}")


def _endings(endings: tuple[str, ...]) -> str:
    return " ".join(f"*.{each}" for each in endings)


def _names(names: Iterable[str]) -> str:
    return " ".join(f"*/{each}" for each in sorted(names))
