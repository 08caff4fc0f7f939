"""Builds on a real Dask cluster: a scheduler and two workers, who see none of a build's folders."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from typing import TYPE_CHECKING

import pytest

import cluster_work
import clusters
import places
from growing_site import NOW, spread_out
from webinar_feeds import api, cluster, errands
from webinar_feeds.artifacts import MANIFEST
from webinar_feeds.diagnostics import Refused
from webinar_feeds.locking import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERIES = 60


@pytest.fixture(scope="module")
def places_of_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def scheduler(places_of_all: Path) -> Iterator[str]:
    """The address of a cluster that cannot see what lies in `places_of_all`/hidden."""
    theirs = places_of_all / "theirs"
    theirs.mkdir()
    with clusters.running(theirs, places_of_all / "hidden", failures=2) as where:
        clusters.processes(where, 2)
        yield where


@pytest.fixture
def site(places_of_all: Path, request: pytest.FixtureRequest) -> Path:
    """A site with many series, in a folder that workers do not see."""
    root = places_of_all / "hidden" / places.hash_of(request.node.nodeid.encode())[:12]
    return many(root)


def many(root: Path) -> Path:
    """The growing site, and many short series."""
    spread_out(root)
    for number in range(SERIES):
        sessions = "".join(
            f"  - {{id: s-{each}, date: 2027-03-{each + 1:02}, title: Talk {each}}}\n"
            for each in range(number % 7 + 1)
        )
        text = f"title: Series {number}\ntimezone: UTC\ntime: 12:00–13:00\nsessions:\n{sessions}"
        (root / f"events/many-{number}.yaml").write_text(text, encoding="utf-8")
    return root


def everything(root: Path) -> dict[str, bytes]:
    """The ledgers and the output, the manifest among it, and the records of the next build."""
    found = [*(root / "events/ledger").rglob("*"), *(root / "output").rglob("*")]
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(found)
        if path.is_file() and "/.webinar-feeds/" not in path.as_posix()
    }


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of the site."""
    root = many(tmp_path_factory.mktemp("alone"))
    assert api.build(root / "events", root / "output", now=NOW, jobs=1).committed is not None
    return everything(root)


# --- The same bytes ------------------------------------------------------------------------------


def test_two_processes_make_the_same(site: Path, alone: dict[str, bytes]) -> None:
    assert api.build(site / "events", site / "output", now=NOW, jobs=2).committed is not None

    assert everything(site) == alone


def test_a_cluster_makes_the_same_without_a_disk_of_ours(
    site: Path, scheduler: str, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative paths: on a worker they would mean something else, and it may look nowhere."""
    monkeypatch.chdir(site)
    monkeypatch.setattr("webinar_feeds.workshop.draw", None)  # nothing is drawn here
    built = api.build("events", "output", now=NOW, scheduler=scheduler)

    assert built.committed is not None
    assert everything(site) == alone
    assert json.loads((site / "output" / MANIFEST).read_bytes())["artifacts"].keys() > {
        "calendar.ics"
    }


def test_the_workers_are_really_blind(scheduler: str, site: Path) -> None:
    """Or the test above would show nothing."""
    with (
        pytest.raises(Trouble, match="a worker has touched"),
        cluster.spread(scheduler, cluster_work.read) as send,
    ):
        list(send([str(site / "events/site.yaml")]))


def test_the_command_builds_on_a_cluster(
    site: Path, scheduler: str, alone: dict[str, bytes]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "webinar_feeds", "build", "--scheduler", scheduler],
        cwd=site,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(int(NOW.timestamp()))},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("output: ")
    assert everything(site) == alone


def test_workers_that_are_killed_lose_nothing(
    site: Path, scheduler: str, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both at once, so that all that was under way or not yet fetched is lost with them."""
    monkeypatch.setattr(cluster, "_HEAVY", 1)  # each series travels alone: most are yet to come
    killed: list[int] = []

    def progress(_: int, total: int) -> None:
        assert total == SERIES + 4
        if not killed:
            killed.extend(clusters.processes(scheduler).values())
            for each in killed:
                os.kill(each, signal.SIGKILL)

    built = api.build(
        site / "events", site / "output", now=NOW, scheduler=scheduler, progress=progress
    )

    assert built.committed is not None
    assert everything(site) == alone
    assert len(killed) == 2
    assert set(clusters.processes(scheduler, 2).values()).isdisjoint(killed)


def test_a_build_that_is_killed_leaves_nothing_and_the_next_one_is_whole(
    site: Path, scheduler: str, alone: dict[str, bytes]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(site), scheduler], stdout=subprocess.PIPE, text=True
    ) as build:
        assert build.stdout is not None
        assert build.stdout.readline() == "drawn\n"
        build.kill()
    assert not (site / "output" / MANIFEST).exists()

    built = api.build(site / "events", site / "output", now=NOW, scheduler=scheduler)
    assert built.committed is not None
    assert everything(site) == alone


KILLED = f"""
import sys, time
from datetime import datetime
from pathlib import Path
from webinar_feeds import api

def progress(*_):
    print("drawn", flush=True)
    time.sleep(600)

root = Path(sys.argv[1])
now = datetime.fromisoformat({NOW.isoformat()!r})
api.build(root / "events", root / "output", now=now, scheduler=sys.argv[2], progress=progress)
"""

# --- What goes wrong -----------------------------------------------------------------------------


def test_results_come_in_order_and_tasks_are_asked_for_as_they_are_needed(
    scheduler: str,
) -> None:
    asked: list[int] = []

    def tasks() -> Iterator[int]:
        for number in count():
            asked.append(number)
            yield number

    with cluster.spread(scheduler, cluster_work.squared, weight=lambda _: 1 << 15) as send:
        found = list(islice(send(tasks()), 30))

    assert found == [number * number for number in range(30)]
    assert len(asked) <= 30 + 2 * 8 + 2  # two of them make a chunk


def test_a_program_that_runs_a_loop_of_its_own_may_ask_a_cluster(scheduler: str) -> None:
    """As a notebook does, and a browser that tests drive."""

    async def program() -> list[int]:
        with cluster.spread(scheduler, cluster_work.squared) as spread:
            return [*spread(range(30))]

    with ThreadPoolExecutor(1) as thread:  # other tests may have left a loop at work in ours
        found = thread.submit(lambda: asyncio.run(program())).result()
    assert found == [number * number for number in range(30)]


def test_a_task_that_kills_every_worker_is_named(scheduler: str) -> None:
    """Its neighbours on the way are not, though they were lost with it."""
    with (
        pytest.raises(Refused) as told,
        cluster.spread(scheduler, cluster_work.deadly, lambda each: f"number {each}") as send,
    ):
        list(send(range(12)))

    (said,) = told.value.diagnostics
    assert said.code == "WF871"
    assert said.message == "one worker after another was lost while it drew `number 5`, 3 in all"
    assert scheduler in said.help
    clusters.processes(scheduler, 2)


def test_a_task_that_fails_is_named_and_why(scheduler: str) -> None:
    with (
        pytest.raises(
            Trouble, match=r"`number 5` could not be drawn .*: ValueError: five; nothing"
        ),
        cluster.spread(scheduler, cluster_work.refusing, lambda each: f"number {each}") as send,
    ):
        list(send(range(12)))


def test_what_is_slow_is_waited_for(scheduler: str) -> None:
    with cluster.spread(scheduler, cluster_work.slow, patience=0.1) as send:
        assert list(send(range(3))) == [0, 1, 2]


def test_a_worker_with_another_tz_database_is_refused(
    site: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webinar_feeds.pipeline.tz_database", lambda: "1999a")
    errands.facts.cache_clear()
    try:
        with pytest.raises(Refused) as told:
            api.build(site / "events", site / "output", now=NOW, scheduler=scheduler)
    finally:
        errands.facts.cache_clear()

    (said,) = told.value.diagnostics
    assert said.code == "WF870"
    assert said.message.startswith(f"a worker of `{scheduler}` has the tz database 20")
    assert said.message.endswith(", and this machine has 1999a")
    assert not (site / "output").exists()


def test_a_cluster_without_workers_is_told(tmp_path: Path) -> None:
    with (
        clusters.running(tmp_path, tmp_path / "none", workers=0) as where,
        pytest.raises(Trouble, match="has no workers; nothing was published: start some with"),
        cluster.spread(where, cluster_work.squared, patience=0.5) as send,
    ):
        list(send(range(3)))


def test_a_scheduler_that_ends_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_ANSWER", 2)
    with clusters.running(tmp_path, tmp_path / "none", workers=0) as where:
        spread = cluster.spread(where, cluster_work.squared)
        send = spread.__enter__()
        results = send(range(3))
    with pytest.raises(Trouble, match="is no more; nothing was published"):
        next(iter(results))
    spread.__exit__(None, None, None)


def test_a_scheduler_that_is_not_there_is_told(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_ANSWER", 1)
    where = f"tcp://127.0.0.1:{places.free_port()}"
    with pytest.raises(Trouble, match=f"`{where}` does not answer as a scheduler: .*check the"):
        api.build(site / "events", site / "output", now=NOW, scheduler=where)

    assert not (site / "output").exists()


def test_a_worker_is_no_scheduler(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_ANSWER", 5)
    worker = next(iter(clusters.processes(scheduler, 2)))
    with (
        pytest.raises(Trouble, match="does not answer as a scheduler: it is a Worker: check"),
        cluster.spread(worker, cluster_work.squared),
    ):
        pass


def test_a_web_server_is_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_ANSWER", 1)
    with (
        places.s3() as web,
        pytest.raises(Trouble, match="does not answer as a scheduler"),
        cluster.spread(web.replace("http:", "tcp:"), cluster_work.squared),
    ):
        pass


@pytest.mark.parametrize("where", ["cluster", "ftp://127.0.0.1:8786", "tcp://127.0.0.1:no"])
def test_what_is_no_address_of_a_scheduler_is_told(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_ANSWER", 1)
    with (
        pytest.raises(Trouble, match="does not answer as a scheduler"),
        cluster.spread(where, cluster_work.squared),
    ):
        pass


def test_a_cluster_needs_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(Trouble, match=r'run `pip install "webinar-feeds\[cluster\]"`'),
        cluster.spread("tcp://127.0.0.1:1", cluster_work.squared),
    ):
        pass


ALONE = """
import sys
from webinar_feeds import build
built = build("events", "output", jobs=2)
assert built.committed is not None, built.diagnostics
heavy = {"distributed", "dask", "obstore", "tornado", "caldav"}
print(sorted(heavy.intersection(sys.modules)), "webinar_feeds.processes" in sys.modules)
"""


def test_a_build_on_one_machine_loads_nothing_of_it(tmp_path: Path) -> None:
    root = many(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=root, capture_output=True, encoding="utf-8", check=True
    )

    assert done.stdout == "[] True\n"
