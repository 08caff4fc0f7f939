"""Some files of one series and nothing else, through the library: read, render, write.

    python benchmarks/alone.py EVENTS SERIES FORMAT OUT NAME...

No checks, no ledger, no manifest, no other file, no look at what is there already: what our reading
and rendering cost by themselves.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from webinar_feeds import ledger, rendering
from webinar_feeds.reading.nodes import Source
from webinar_feeds.reading.series import read_series, read_site

STAMP = datetime(2027, 1, 31, 12, 0, tzinfo=UTC)


def main(events: str, identifier: str, form: str, out: str, *names: str) -> None:
    """Write the named files of a series into a folder."""
    shared, _ = read_site(_source(events, "site.yaml"))
    renderer = rendering.find(form)
    if shared is None or renderer is None:
        sys.exit("there is no such site or no such format")
    series, said = read_series(_source(events, f"{identifier}.yaml"), shared)
    if series is None:
        sys.exit("\n".join(each.message for each in said))
    publication = ledger.revise(series, shared.site, None, STAMP).publication
    wanted = {f"{identifier}/{name}": name for name in names}
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for artifact in renderer.render(publication, shared.site):
        name = wanted.pop(artifact.path, None)
        if name is not None:
            with (folder / name).open("wb") as file:
                file.writelines(artifact.chunks())
        if not wanted:
            return
    sys.exit(f"no file is called {', '.join(wanted)}")


def _source(folder: str, name: str) -> Source:
    path = Path(folder) / name
    return Source(path.as_posix(), path.read_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
