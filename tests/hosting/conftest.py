"""What tests of hosts start from: a published site, and servers that show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import web_servers
from hosted_site import PLACE, Site, begun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Site:
    """A published site that no test changes."""
    return begun(tmp_path_factory.mktemp("site"), repository)


@pytest.fixture(scope="session", params=web_servers.HOSTS, ids=lambda each: each.name)
def host(request: pytest.FixtureRequest) -> web_servers.Host:
    """Each web server in turn."""
    found: web_servers.Host = request.param
    return found


@pytest.fixture(scope="session")
def port(
    host: web_servers.Host, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """Where a web server shows the published site."""
    with web_servers.serving(host, PLACE, site.www, tmp_path_factory.mktemp("server")) as found:
        yield found
