"""What Lighthouse says of the pages of the real series: all four scores, speed among them.

    .venv/bin/python benchmarks/pages.py [--markdown FILE --date 2027-01-31]

Needs what `scripts/test` installs: Debian's Chromium, Node and the npm packages of tests/referees.
Speed is simulated on a slow phone from what was seen here, so it is measured where nothing else is
running, and tests ask for the other three scores only.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIGHTHOUSE = ROOT / "tests/referees/node_modules/lighthouse/cli/index.js"
SITE = "title: Webinars\nbase_url: {address}\nformats: [calendar, feeds, pages]\n"
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
SERIES = "learning-cities-recovery"
PAGES = {
    "the site": "",
    "how to subscribe": "subscribe.html",
    "the series": f"{SERIES}/",
    "a session": f"{SERIES}/sessions/inclusion.html",
}
SERVER = """\
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
served = partial(SimpleHTTPRequestHandler, directory=sys.argv[1])
server = ThreadingHTTPServer(("127.0.0.1", 0), served)
print(server.server_port, flush=True)
server.serve_forever()
"""


def scores(address: str) -> list[float]:
    """The scores of a page, of 100."""
    command = ["node", str(LIGHTHOUSE), address, "--output=json", "--quiet"]
    command += ["--no-enable-error-reporting", f"--chrome-flags={FLAGS}"]
    environment = {**os.environ, "CHROME_PATH": CHROMIUM}
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = json.loads(ran.stdout)["categories"]
    return [100 * found[each]["score"] for each in CATEGORIES]


def table() -> str:
    """The table, as Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        events, output = Path(folder, "events"), Path(folder, "output")
        events.mkdir()
        output.mkdir()
        shutil.copy(ROOT / f"events/{SERIES}.yaml", events)
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(output)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert server.stdout is not None  # noqa: S101 - it was asked for
            address = f"http://127.0.0.1:{int(server.stdout.readline())}/"
            (events / "site.yaml").write_text(SITE.format(address=address), encoding="utf-8")
            build = [
                sys.executable,
                "-m",
                "webinar_feeds",
                "build",
                str(events),
                "--output",
                str(output),
            ]
            subprocess.run(build, check=True, capture_output=True)
            rows = ["| Page | " + " | ".join(CATEGORIES) + " |", "|---|" + "---|" * len(CATEGORIES)]
            for name, path in PAGES.items():
                told = " | ".join(f"{each:.0f}" for each in scores(address + path))
                rows.append(f"| {name} | {told} |")
        finally:
            server.terminate()
            server.wait()
    return "\n".join(rows)


def main() -> None:
    """Print the table, and write it if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--date")
    asked = parser.parse_args()
    found = table()
    print(found)
    if asked.markdown:
        package = json.loads((LIGHTHOUSE.parents[1] / "package.json").read_text(encoding="utf-8"))
        heading = f"Lighthouse {package['version']} of the real series' pages, {asked.date}.\n\n"
        asked.markdown.write_text(f"{heading}{found}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
