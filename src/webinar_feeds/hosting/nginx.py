"""nginx on a server of one's own: a virtual host, and what its brotli modules need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webinar_feeds import headers
from webinar_feeds.hosting import File, rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.hosting import Place

CONFIGURATION = "hosting/nginx.conf"
BROTLI = "hosting/nginx-brotli.conf"
# Where the first looks for the second, which servers without the module leave away.
_PLAIN = "[A-Za-z0-9._/-]"  # nothing that could end a header's line
_SNIPPETS = "/etc/nginx/snippets/webinars-*.conf"


def files(place: Place) -> tuple[File, ...]:
    """The virtual host, and apart from it what only servers with brotli understand."""
    return (
        File(CONFIGURATION, "\n".join((*_maps(place), "", *_server(place), ""))),
        File(BROTLI, "\n".join((*_brotli(), ""))),
    )


def _maps(place: Place) -> Iterator[str]:
    """The headers that depend on the file; where a map is empty, nginx sends no such header."""
    asked = "|".join(map(_exact, sorted(headers.ASKED_EACH_TIME)))
    yield "# The site, for nginx. Copy it to /etc/nginx/sites-enabled/, check with `nginx -t`, and"
    yield "# reload; `webinar-feeds init --host nginx` writes it anew."
    yield "# What is sent with which file follows from its name, after folders have become pages."
    yield "map $uri $webinars_cache {"
    yield f'    default "{rules.for_minutes()}";'
    yield f'    "~/(?:{asked})$" "{headers.cache_control(min(headers.ASKED_EACH_TIME), "")}";'
    yield f'    "~*{_ending(rules.lasting())}" "{rules.for_an_hour()}";'
    yield "}"
    yield "# Other sites' pages may read calendars and feeds."
    yield "map $uri $webinars_shared {"
    yield '    default "";'
    yield f'    "~*{_ending(rules.shared())}" "*";'
    yield "}"
    yield "# A session's own calendar is saved or opened; one to subscribe to is read where it is."
    yield "map $uri $webinars_disposition {"
    yield '    default "";'
    yield f'    "~/invites/(?<webinars_name>[A-Za-z0-9._-]+\\.ics)$" "{_attached()}";'
    yield "}"
    if place.hub is not None and place.base_url is not None:
        named = "|".join(map(_exact, headers.NAMED))
        path = f"/(?:{_PLAIN}+\\.(?:{'|'.join(rules.feeds())})|(?:{_PLAIN}+/)?(?:{named}))"
        hub, origin = rules.safe(place.hub), rules.address(place).origin
        yield "# Feeds name their hub, which tells readers of changes at once."
        yield "map $uri $webinars_links {"
        yield '    default "";'
        yield f'    "~^(?<webinars_feed>{path})$"'
        yield f'        \'<{hub}>; rel="hub", <{origin}$webinars_feed>; rel="self"\';'
        yield "}"


def _server(place: Place) -> Iterator[str]:
    where = rules.address(place)
    port = where.port if where.port is not None and where.scheme == "http" else 80
    yield "server {"
    if where.scheme == "https":
        yield f"    # For https: `certbot --nginx -d {where.host}` adds what it takes, here."
    yield f"    listen {port};"
    yield f"    listen [::]:{port};"
    if where.host is None:
        yield "    # The name of the site, once `base_url` in site.yaml says it."
    yield f"    server_name {where.host or '_'};"
    yield f"    # `webinar-feeds publish {rules.ROOT}{where.folder}` brings the site there."
    yield f"    root {rules.ROOT};"
    yield "    index index.html;"
    yield f"    error_page 403 =404 {where.folder}/404.html;"
    yield f"    error_page 404 {where.folder}/404.html;"
    yield "    absolute_redirect off;"
    yield "    # What publishing keeps for itself. What certificates are fetched with stays open."
    yield "    location ~ /\\.(?!well-known/) {"
    yield "        return 404;"
    yield "    }"
    yield ""
    yield from _types()
    yield ""
    yield "    add_header Cache-Control $webinars_cache;"
    yield f"    add_header {rules.ALLOWED} $webinars_shared;"
    yield "    add_header Content-Disposition $webinars_disposition;"
    if place.hub is not None and place.base_url is not None:
        yield "    add_header Link $webinars_links;"
    yield '    add_header X-Content-Type-Options "nosniff" always;'
    yield f'    add_header Content-Security-Policy "{headers.FRAMES}" always;'
    yield ""
    yield "    # Calendars are sent as they are: Outlook on the web has failed to read gzip."
    yield "    gzip on;"
    yield "    gzip_vary on;"
    yield "    gzip_proxied any;"
    yield f"    gzip_types {_apart_from_pages(rules.compressed())};"
    yield f"    include {_SNIPPETS};"
    yield "}"


def _types() -> Iterator[str]:
    yield "    types {"
    for media_type, endings in rules.types():
        yield f"        {media_type} {' '.join(endings)};"
    yield "    }"
    yield f"    default_type {headers.UNKNOWN};"
    yield "    charset utf-8;"
    yield f"    charset_types {_apart_from_pages(rules.in_utf8())};"
    for name, media_type in headers.NAMED.items():
        yield f"    location ~ /{_exact(name)}$ {{"
        yield "        types { }"
        yield f"        default_type {media_type};"
        yield "    }"


def _brotli() -> Iterator[str]:
    yield "# Needs libnginx-mod-http-brotli-filter. Copy it to"
    yield f"# {_SNIPPETS.replace('*', 'brotli')}, where the site looks for it."
    yield "brotli on;"
    yield "brotli_comp_level 5;"
    yield f"brotli_types {_apart_from_pages(rules.compressed())};"


def _attached() -> str:
    """The disposition of an invite whose name is in $webinars_name; ids need no escaping (H5)."""
    found = headers.content_disposition("invites/NAME", "text/calendar") or ""
    return found.replace('"', '\\"').replace("NAME", "$webinars_name")


def _apart_from_pages(media_types: tuple[str, ...]) -> str:
    """Media types in a row; nginx always counts text/html among them, and warns of it twice."""
    return " ".join(each for each in media_types if each != "text/html")


def _ending(endings: tuple[str, ...]) -> str:
    return f"\\.(?:{'|'.join(endings)})$"


def _exact(name: str) -> str:
    """A file's name in a regular expression."""
    return name.replace(".", "\\.")
