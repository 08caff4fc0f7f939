"""A site that web servers show: an organiser's folder, and what is published of it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

from shown_site import BUILT, PROGRAMME
from webinar_feeds import api, publishing
from webinar_feeds.artifacts import MANIFEST, Listed, parse_manifest
from webinar_feeds.hosting import Place

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

PLACE = Place("events", "output", "https://w.example.org/", "https://hub.example.org/")
SITE = """\
title: Our webinars
publisher: Ours
base_url: {place.base_url}
hub: {place.hub}
formats: [calendar, feeds, pages]
"""


class Site(NamedTuple):
    """An organiser's folder, and the folder that is served."""

    folder: Path
    www: Path

    def publish(self, series: str, now: datetime = BUILT) -> None:
        """Write the event file of a series, build, and publish."""
        (self.folder / "events/open-science.yaml").write_text(series, encoding="utf-8")
        built = api.build(self.folder / "events", self.folder / "output", now=now, jobs=1)
        assert built.committed is not None, built.diagnostics
        target = publishing.open_target(str(self.www))
        order = publishing.Order(self.folder / "output", target, "tests", lambda: 0.0, print)
        publishing.publish(order)

    def listed(self) -> dict[str, Listed]:
        """What is published, by path, and the manifest itself."""
        data = (self.www / MANIFEST).read_bytes()
        listed = parse_manifest(data)
        assert listed is not None
        return {**listed, MANIFEST: Listed("", len(data), "application/json")}


def begun(folder: Path, repository: Path, below: str = "") -> Site:
    """A new site with the real series and one with recordings in several languages."""
    (folder / "events").mkdir(parents=True)
    site = Site(folder, folder / "www" / below)
    (folder / "events/site.yaml").write_text(SITE.format(place=PLACE), encoding="utf-8")
    shutil.copy(repository / "events/learning-cities-recovery.yaml", folder / "events")
    site.publish(PROGRAMME)
    return site
