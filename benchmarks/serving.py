"""What web servers make of a published site when readers come again and again.

    .venv/bin/python benchmarks/serving.py [--seconds 5] [--connections 8] [--rounds 3]
        [--markdown FILE --date 2027-01-31]

nginx and Caddy, told what `init` writes, and the preview of `serve`, on this machine. `wrk` asks
for calendars, feeds and a page, four times of five with the tag that it was told before, as those
do who follow a site. Needs what `scripts/test` installs: Debian's nginx with brotli, Caddy and wrk.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from run import machine, place

import web_servers
from places import free_port, request, server
from webinar_feeds.hosting import Place

ROOT = Path(__file__).parents[1]
WRK = "/usr/bin/wrk"
SERIES = "learning-cities-recovery"
HOME = Place("events", "output", "https://webinars.example.org/")
SITE = f"title: Webinars\nbase_url: {HOME.base_url}\nformats: [calendar, feeds, pages]\n"
PATHS = (
    f"/{SERIES}/calendar.ics",
    f"/{SERIES}/recordings.rss",
    f"/{SERIES}/changes.atom",
    "/calendar.ics",
    f"/{SERIES}/",
)
# Of so many times, one is a reader's first.
AGAIN = 5
SCRIPT = """\
local requests, number, threads = {}, 0, {}
function setup(thread) table.insert(threads, thread) end
function init()
  same, whole, wrong = 0, 0, 0
  for _, each in ipairs(asked) do
    local headers = { ["Accept-Encoding"] = "gzip" }
    if each[2] ~= "" then headers["If-None-Match"] = each[2] end
    table.insert(requests, wrk.format("GET", each[1], headers))
  end
end
function request()
  number = number % #requests + 1
  return requests[number]
end
function response(status)
  if status == 304 then same = same + 1
  elseif status == 200 then whole = whole + 1
  else wrong = wrong + 1 end
end
function done(summary, latency)
  local same, whole, wrong = 0, 0, 0
  for _, thread in ipairs(threads) do
    same, whole = same + thread:get("same"), whole + thread:get("whole")
    wrong = wrong + thread:get("wrong")
  end
  local failed = summary.errors
  wrong = wrong + failed.connect + failed.read + failed.write + failed.timeout
  local form = '{"same": %d, "whole": %d, "wrong": %d, "bytes": %d, "microseconds": %d, '
  form = form .. '"late": %d}\\n'
  local passed = summary.duration
  io.write(string.format(form, same, whole, wrong, summary.bytes, passed, latency:percentile(99)))
end
"""


class Load(NamedTuple):
    """What a server answered: how often with 304, with 200, and not as it should; what it sent.

    `late` is how long the slowest of a hundred answers took, in microseconds.
    """

    same: int
    whole: int
    wrong: int
    bytes: int
    microseconds: int
    late: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return 1e6 * (self.same + self.whole) / self.microseconds


def load(port: int, scratch: Path, seconds: int, connections: int) -> Load:
    """Ask a server for as long, over as many connections at once."""
    asked = []
    for path in PATHS:
        tag = request(port, "GET", path, {"Accept-Encoding": "gzip"})[1]["etag"]
        asked += [(path, tag)] * (AGAIN - 1) + [(path, "")]
    told = ", ".join(f"{{{json.dumps(path)}, {json.dumps(tag)}}}" for path, tag in asked)
    script = scratch / "load.lua"
    script.write_text(f"asked = {{{told}}}\n{SCRIPT}", encoding="utf-8")
    command = [WRK, "--threads", "1", "--connections", str(connections)]
    command += ["--duration", f"{seconds}s", "--script", str(script), f"http://127.0.0.1:{port}"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return Load(**json.loads(ran.stdout.splitlines()[-1]))


def by_preview(_: Place, folder: Path, __: Path, port: int) -> list[str]:
    """The command that shows a folder as `serve` does."""
    command = [sys.executable, "-m", "webinar_feeds", "serve", "--no-build"]
    return [*command, "--output", str(folder), "--port", str(port)]


def site(folder: Path) -> Path:
    """The real series with pages, published; its folder."""
    (folder / "events").mkdir()
    (folder / "events/site.yaml").write_text(SITE, encoding="utf-8")
    shutil.copy(ROOT / f"events/{SERIES}.yaml", folder / "events")
    for words in (["build", "--quiet"], ["publish", "www", "--quiet"]):
        command = [sys.executable, "-m", "webinar_feeds", *words]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "www"


def measured(seconds: int, connections: int, rounds: int) -> dict[str, list[Load]]:
    """Each server's loads, in turns."""
    own = web_servers.Host("`webinar-feeds serve`", by_preview, ("gzip",))
    found: dict[str, list[Load]] = {}
    shared, _ = place()
    with tempfile.TemporaryDirectory(dir=shared) as name, ExitStack() as stack:
        folder = Path(name)
        www = site(folder)
        ports: dict[str, int] = {}
        for host in (*web_servers.HOSTS, own):
            scratch, port = folder / f"at-{len(ports)}", free_port()
            command = host.command(HOME, www, scratch, port)
            stack.enter_context(server(*command, port=port))
            ports[host.name] = port
        for _ in range(rounds):
            for each, port in ports.items():
                found.setdefault(each, []).append(load(port, folder, seconds, connections))
    return found


def row(name: str, loads: list[Load]) -> str:
    """A server's row: the median of its rates, and of all its rounds what was sent."""
    answered = sum(each.same + each.whole for each in loads)
    told = (
        name,
        f"{statistics.median(each.rate for each in loads):.0f}",
        f"{100 * sum(each.same for each in loads) / answered:.1f} %",
        f"{sum(each.bytes for each in loads) / answered:.0f}",
        f"{statistics.median(each.late for each in loads) / 1000:.1f} ms",
        f"{sum(each.wrong for each in loads)}",
    )
    return f"| {' | '.join(told)} |"


def versions() -> str:
    """What was measured."""
    nginx = subprocess.run([web_servers.NGINX, "-v"], capture_output=True, text=True, check=True)
    caddy = subprocess.run(
        [web_servers.CADDY, "version"], capture_output=True, text=True, check=True
    )
    wrk = subprocess.run([WRK, "--version"], capture_output=True, text=True, check=False)
    told = nginx.stderr.strip().rpartition("/")[2], caddy.stdout.split()[0], wrk.stdout.split()[1]
    return f"nginx {told[0]}, Caddy {told[1]}, wrk {told[2]}, Python {platform.python_version()}"


def main() -> None:
    """Print the table, and write it if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--date")
    asked = parser.parse_args()
    found = measured(asked.seconds, asked.connections, asked.rounds)
    heading = ("Server", "Answers a second", "304", "Bytes an answer", "99 of 100 within", "Wrong")
    how = f"rounds of {asked.seconds} s, over {asked.connections} connections at once"
    lines = [
        f"Measured {asked.date or 'just now'}: {machine()}, which `wrk` uses too;",
        f"{versions()}.",
        f"{asked.rounds} {how}, in turn; medians of rates and times.",
        "",
        f"| {' | '.join(heading)} |",
        "|---" * len(heading) + "|",
        *(row(name, loads) for name, loads in found.items()),
    ]
    print("\n".join(lines))
    if asked.markdown:
        asked.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
