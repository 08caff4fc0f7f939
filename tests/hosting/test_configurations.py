"""What nginx and Caddy are told of places of all kinds, held against the programs themselves."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

import web_servers
from hosted_site import PLACE, begun
from places import request
from webinar_feeds import hosting
from webinar_feeds.hosting import Place, rules

if TYPE_CHECKING:
    from pathlib import Path

    from hosted_site import Site
    from web_servers import Host

PLACES = {
    "nowhere": Place("events", "output", None),
    "a hub but no address": Place("events", "output", None, "https://hub.example.org/"),
    "no hub": Place("events", "output", "https://w.example.org/"),
    "plain": Place("events", "output", "http://w.example.org:8080/"),
    "below": Place("events", "output", "https://w.example.org/open/seminars/"),
    "six": Place("events", "output", "http://[::1]:8080/"),
}


@pytest.mark.parametrize("name", PLACES)
def test_every_place_is_understood(name: str, host: Host, site: Site, tmp_path: Path) -> None:
    with web_servers.serving(host, PLACES[name], site.www, tmp_path) as port:
        status, told, body = request(port, "GET", "/recordings.json")

    assert (status, told["content-type"]) == (200, "application/feed+json")
    assert body == (site.www / "recordings.json").read_bytes()
    assert "link" not in told


@pytest.mark.parametrize(
    ("base_url", "name", "listens"),
    [
        (None, "_", "80"),
        ("https://w.example.org/", "w.example.org", "80"),
        ("https://w.example.org:8443/x/", "w.example.org", "80"),
        ("http://w.example.org:8080/", "w.example.org", "8080"),
    ],
)
def test_nginx_answers_to_the_name_of_the_site(
    base_url: str | None, name: str, listens: str
) -> None:
    text = hosting.files("nginx", Place("events", "output", base_url))[0].text

    assert f"    server_name {name};\n" in text
    assert f"    listen {listens};\n    listen [::]:{listens};\n" in text
    assert ("certbot" in text) == (base_url or "").startswith("https")


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        (None, ":80"),
        ("https://w.example.org/x/", "w.example.org"),
        ("https://w.example.org:8443/", "https://w.example.org:8443"),
        ("http://w.example.org/", "http://w.example.org"),
    ],
)
def test_caddy_answers_to_the_name_of_the_site(base_url: str | None, name: str) -> None:
    (file,) = hosting.files("caddy", Place("events", "output", base_url))

    assert f"\n{name} {{\n" in file.text


@pytest.mark.parametrize("name", PLACES)
def test_a_caddyfile_has_the_form_that_caddy_gives_it(name: str, tmp_path: Path) -> None:
    (file,) = hosting.files("caddy", PLACES[name])
    path = tmp_path / "Caddyfile"
    path.write_text(file.text, encoding="utf-8")

    done = subprocess.run(
        [web_servers.CADDY, "fmt", str(path)], capture_output=True, text=True, check=True
    )

    assert done.stdout == file.text


def test_a_site_below_a_folder_of_its_host(host: Host, repository: Path, tmp_path: Path) -> None:
    """What is published into the folder is found at the address; so is the page for what is not."""
    site = begun(tmp_path / "site", repository, below="seminars")
    place = PLACE._replace(base_url="https://w.example.org/seminars/")

    with web_servers.serving(host, place, site.www.parent, tmp_path / "server") as port:
        _, told, body = request(port, "GET", "/seminars/recordings.atom")
        missing = request(port, "GET", "/seminars/nothing.html")

    assert body == (site.www / "recordings.atom").read_bytes()
    address = "https://w.example.org/seminars/recordings.atom"
    assert told["link"] == f'<https://hub.example.org/>; rel="hub", <{address}>; rel="self"'
    assert (missing[0], missing[2]) == (404, (site.www / "404.html").read_bytes())


def test_no_address_is_taken_for_a_part_of_the_configuration(
    host: Host, site: Site, tmp_path: Path
) -> None:
    """Dollars and quotation marks may stand in addresses, and mean something to the servers."""
    place = PLACE._replace(hub="https://hub.example.org/$host/a'b;c,d?e=$uri&f=(g)")

    with web_servers.serving(host, place, site.www, tmp_path) as port:
        link = request(port, "HEAD", "/recordings.atom")[1]["link"]

    hub = "https://hub.example.org/%24host/a%27b;c,d?e=%24uri&f=(g)"
    assert link.startswith(f'<{hub}>; rel="hub", <')


def test_a_site_without_pages_is_served_too(host: Host, tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "www/calendar.ics").write_bytes(b"BEGIN:VCALENDAR\r\n")

    with web_servers.serving(host, PLACE, tmp_path / "www", tmp_path / "server") as port:
        assert request(port, "GET", "/calendar.ics")[0] == 200
        assert request(port, "GET", "/")[0] == 404
        assert request(port, "GET", "/nothing")[0] == 404


def test_an_unknown_host_is_refused() -> None:
    with pytest.raises(ValueError, match="`ftp` is not one of caddy, github"):
        hosting.files("ftp", PLACE)


def test_addresses_are_escaped_and_nothing_else() -> None:
    assert rules.safe("https://w.example.org/a-b_c~d/%C3%A9?x=1&y=[2]") == (
        "https://w.example.org/a-b_c~d/%C3%A9?x=1&y=[2]"
    )
