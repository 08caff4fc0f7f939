"""Debian's nginx and Caddy on this machine, told what `init` writes, and nothing else.

Only what a test cannot have is exchanged in the written files: names, ports and folders.
"""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from places import free_port, server
from webinar_feeds.hosting import files, nginx, rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from webinar_feeds.hosting import Place

NGINX, CADDY = "/usr/sbin/nginx", "/usr/bin/caddy"
MODULES = "/etc/nginx/modules-enabled/*.conf"
# What Debian's nginx.conf says around a site, without what belongs to a machine.
AROUND = """\
include {modules};
daemon off;
# One process: a worker would outlive a master that is killed.
master_process off;
pid {scratch}/nginx.pid;
error_log {scratch}/error.log;
events {{ worker_connections 768; }}
http {{
    sendfile on;
    tcp_nopush on;
    access_log off;
    client_body_temp_path {scratch}/body;
    proxy_temp_path {scratch}/proxy;
    fastcgi_temp_path {scratch}/fastcgi;
    uwsgi_temp_path {scratch}/uwsgi;
    scgi_temp_path {scratch}/scgi;
    include {scratch}/site.conf;
}}
"""


class Host(NamedTuple):
    """A way to serve a folder; `packs` are the codings that it can send."""

    name: str
    command: Callable[[Place, Path, Path, int], list[str]]
    packs: tuple[str, ...]


@contextmanager
def serving(host: Host, place: Place, folder: Path, scratch: Path) -> Iterator[int]:
    """The port at which a host serves a folder, as the place's files tell it."""
    scratch.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with server(*host.command(place, folder, scratch, port), port=port):
        yield port


def by_nginx(place: Place, folder: Path, scratch: Path, port: int) -> list[str]:
    """The command that starts nginx, as the user who starts it, whose the folder is."""
    scratch.mkdir(parents=True, exist_ok=True)
    told = {file.path: file.text for file in files("nginx", place)}
    (scratch / "brotli.conf").write_text(told[nginx.BROTLI], encoding="utf-8")
    site = exchanged(told[nginx.CONFIGURATION], rules.ROOT, str(folder))
    listened = [line for line in site.splitlines() if line.strip().startswith("listen ")]
    site = exchanged(site, "\n".join(listened), f"    listen 127.0.0.1:{port};")
    site = exchanged(site, "/etc/nginx/snippets/webinars-*.conf", f"{scratch}/brotli.conf")
    (scratch / "site.conf").write_text(site, encoding="utf-8")
    around = AROUND.format(scratch=scratch, modules=MODULES)
    (scratch / "nginx.conf").write_text(around, encoding="utf-8")
    command = [NGINX, "-c", str(scratch / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr, checked.stderr
    return command


def by_caddy(place: Place, folder: Path, scratch: Path, port: int) -> list[str]:
    """The command that starts Caddy, without certificates and without its own interface."""
    scratch.mkdir(parents=True, exist_ok=True)
    (told,) = files("caddy", place)
    site = exchanged(told.text, rules.ROOT, str(folder))
    name = next(line for line in site.splitlines() if line.endswith(" {"))
    site = exchanged(site, f"\n{name}\n", f"\nhttp://127.0.0.1:{port} {{\n")
    path = scratch / "Caddyfile"
    path.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + site)
    return ["env", f"HOME={scratch}", CADDY, "run", "--config", str(path), "--adapter", "caddyfile"]


def exchanged(text: str, old: str, new: str) -> str:
    """A text with something else in the place of what has to be there."""
    assert old in text, old
    return text.replace(old, new)


HOSTS = (
    Host("nginx", by_nginx, ("br", "gzip")),
    Host("caddy", by_caddy, ("gzip", "zstd")),
)
