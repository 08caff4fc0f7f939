"""Series that go out as bytes and come back as bytes: a build makes the same of them."""

from __future__ import annotations

import pickle
import sys
import zlib
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from importlib import metadata
from itertools import islice
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from growing_site import NOW, build, edit, planned, published, spread_out
from webinar_feeds import api, cluster, errands, rendering
from webinar_feeds.artifacts import MANIFEST
from webinar_feeds.diagnostics import Refused
from webinar_feeds.model import Scope
from webinar_feeds.published import open as published_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from webinar_feeds.api import Built

DAY = timedelta(days=1)
WHERE = "tcp://cluster.example:8786"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    spread_out(tmp_path)
    return tmp_path


class Way:
    """The way to workers, on which only bytes travel; counts what it has carried back."""

    def __init__(self) -> None:
        self.carried: list[errands.Brought] = []

    @contextmanager
    def spread(
        self,
        scheduler: str,
        work: Callable[[list[Any]], list[Any]],
        name: Callable[[Any], str],
        weight: Callable[[Any], int],
    ) -> Iterator[Callable[[Iterable[Any]], Iterator[Any]]]:
        assert scheduler == WHERE
        sent = pickle.dumps(work)

        def send(tasks: Iterable[Any]) -> Iterator[Any]:
            left = iter(tasks)
            while chunk := list(islice(left, 3)):
                assert all(name(each).startswith("") and weight(each) >= 0 for each in chunk)
                told = pickle.dumps(pickle.loads(sent)(pickle.loads(pickle.dumps(chunk))))  # noqa: S301 - ours
                self.carried += pickle.loads(told)  # noqa: S301 - ours
                yield from pickle.loads(told)  # noqa: S301 - ours

        yield send

    def sent(self) -> list[str]:
        """The paths of the files whose bytes have travelled since this was last asked."""
        files = [each for brought in self.carried for each in brought.files]
        self.carried.clear()
        return sorted(each.path for each in files if each.data is not None)


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Way:
    made = Way()
    monkeypatch.setattr(cluster, "spread", made.spread)
    return made


def afar(root: Path, now: Any = NOW, **options: Any) -> Built:
    return api.build(root / "events", root / "output", now=now, scheduler=WHERE, **options)


def test_errands_make_what_rendering_every_entry_makes(site: Path, way: Way) -> None:
    wanted = planned(site)
    built = afar(site)

    assert built.committed is not None
    assert published(site) == wanted
    assert len(way.carried) == 4


def test_the_state_that_is_kept_is_that_of_any_build(site: Path, way: Way, tmp_path: Path) -> None:
    """The next build, here or on the cluster, has nothing to do."""
    other = tmp_path / "other"
    spread_out(other)
    afar(site)
    build(other)
    way.carried.clear()

    again = afar(site, NOW + timedelta(minutes=1)).committed
    assert again is not None
    assert (again.written, way.carried) == ((), [])
    records = "output/.webinar-feeds/records"
    assert {each.name: each.read_bytes() for each in (site / records).glob("*.json")} == {
        each.name: each.read_bytes() for each in (other / records).glob("*.json")
    }
    assert (site / "output" / MANIFEST).read_bytes() == (other / "output" / MANIFEST).read_bytes()


def test_only_what_differs_from_the_manifest_travels(site: Path, way: Way) -> None:
    afar(site)
    way.sent()
    edit(site / "events/data.yaml", "title: Closing", "title: The end")
    edit(site / "events/late.yaml", "title: Fibres", "title: Fibre")
    wanted = planned(site, NOW + DAY)
    afar(site, NOW + DAY)

    assert published(site) == wanted
    sent = way.sent()
    assert "data/invites/closing.ics" in sent
    assert "data/invites/opening.ics" not in sent
    assert "late/invites/fibres.ics" in sent


@pytest.mark.parametrize("loss", ["changed", "removed"])
def test_what_did_not_travel_and_is_not_here_is_drawn_here(site: Path, way: Way, loss: str) -> None:
    afar(site)
    way.sent()
    edit(site / "events/data.yaml", "title: Closing", "title: The end")
    edit(site / "events/early.yml", "title: Modems", "title: Modem")
    lost = site / "output/data/invites/opening.ics"
    lost.unlink() if loss == "removed" else lost.write_bytes(b"BEGIN:NOTHING")
    wanted = planned(site, NOW + DAY)
    afar(site, NOW + DAY)

    assert "data/invites/opening.ics" not in way.sent()
    assert published(site) == wanted


def test_what_is_wrong_is_said_as_by_any_build(site: Path, way: Way) -> None:
    edit(site / "events/data.yaml", "timezone: America/New_York", "timezone: America/New_Yrok")
    (site / "events/late.yaml").unlink()
    (site / "events/late.yaml").mkdir()

    said = afar(site)

    assert said.committed is None
    assert said == build(site)
    assert {"WF802"} < {each.code for each in said.diagnostics}
    assert len(way.carried) == 4
    assert not (site / "output").exists()


def test_a_file_of_others_is_in_the_way_as_ever(site: Path, way: Way) -> None:
    theirs = site / "output/data/calendar.ics"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    with pytest.raises(Refused) as told:
        afar(site)

    assert [each.code for each in told.value.diagnostics] == ["WF701"]
    assert theirs.read_bytes() == b"theirs"
    assert len(way.carried) == 4
    assert afar(site, replace_foreign=True).committed is not None
    assert theirs.read_bytes() != b"theirs"


def test_a_draft_and_what_was_published_elsewhere_are_understood(
    site: Path, way: Way, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    spread_out(other)
    build(other, NOW - DAY)
    previous = published_at(str(other / "output")).ledgers()

    afar(site, previous=previous)
    assert not (site / "events/ledger").exists()
    first = {path: data for path, data in published(site).items() if path.startswith("output/")}
    api.build(site / "events", site / "output", now=NOW, jobs=1, previous=previous)
    assert {p: d for p, d in published(site).items() if p.startswith("output/")} == first
    assert len(way.carried) == 4

    drafted = afar(site, draft=True)
    assert drafted.committed is not None
    assert not (site / "events/ledger").exists()


def test_one_changed_series_is_drawn_here(site: Path, way: Way) -> None:
    afar(site)
    way.carried.clear()
    edit(site / "events/data.yaml", "title: Closing", "title: The end")
    wanted = planned(site, NOW + DAY)
    afar(site, NOW + DAY)

    assert way.carried == []
    assert published(site) == wanted


def test_what_draws_views_from_entries_is_drawn_here(
    site: Path, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Formats of others may: and entries do not travel."""
    poster = SimpleNamespace(name="poster", draws=frozenset(Scope), render=lambda *_: ())
    monkeypatch.setitem(rendering.BUILT_IN, "poster", "poster_of_this_test")
    monkeypatch.setitem(sys.modules, "poster_of_this_test", poster)
    edit(site / "events/site.yaml", "language: en\n", "language: en\nformats: [calendar, poster]\n")

    assert afar(site).committed is not None
    assert way.carried == []


def test_a_worker_that_may_make_other_bytes_is_refused(
    site: Path, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The facts are those of the moment: the build's are taken before the workers'."""
    told = iter([errands.facts(), *[(("the tz database", "1999a"), ("nh3", "0.1"))] * 9])
    monkeypatch.setattr(errands, "facts", lambda _=(): next(told))
    with pytest.raises(Refused) as refused:
        afar(site)

    said = {each.message for each in refused.value.diagnostics}
    ours = dict(errands_facts())
    assert f"a worker of `{WHERE}` has the tz database 1999a, and this machine has " in "".join(
        sorted(said)
    )
    assert f"a worker of `{WHERE}` has zlib none, and this machine has {ours['zlib']}" in said
    assert {each.code for each in refused.value.diagnostics} == {"WF870"}
    assert not (site / "output").exists()
    assert len(way.carried) > 0


errands_facts = errands.facts


def test_the_facts_are_everything_that_bytes_depend_on() -> None:
    errands_facts.cache_clear()
    found = dict(errands.facts(("calendar", "feeds", "pages")))

    assert found["zlib"] == zlib.ZLIB_RUNTIME_VERSION
    assert {"webinar-feeds", "the tz database", "Python", "nh3", "jinja2", "pytz"} < found.keys()
    assert "none" not in found.values()


def test_the_code_itself_is_a_fact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two states of the program may call themselves alike."""
    (tmp_path / "one.py").write_text("1", encoding="utf-8")
    monkeypatch.setattr("webinar_feeds.__path__", [str(tmp_path)])
    errands.facts.cache_clear()
    before = errands.facts()
    (tmp_path / "one.py").write_text("2", encoding="utf-8")
    errands.facts.cache_clear()
    after = errands.facts()
    errands.facts.cache_clear()

    assert [one for one, other in zip(before, after, strict=True) if one != other] == [before[0]]


def test_a_format_of_others_is_told_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        SimpleNamespace(dist=SimpleNamespace(name="posters", version="2.1")),
        SimpleNamespace(dist=None),
    ]
    monkeypatch.setattr(metadata, "entry_points", lambda **_: points)
    errands.facts.cache_clear()
    found = errands.facts(("calendar", "poster"))
    errands.facts.cache_clear()

    assert found[-2:] == (("the format `poster` of", "posters 2.1"), ("the format `poster` of", ""))


def test_a_package_that_is_missing_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    errands.facts.cache_clear()
    found = dict(errands.facts())
    errands.facts.cache_clear()

    assert found["nh3"] == "none"


def test_what_travels_can_be_pickled_and_holds_no_folder(site: Path, way: Way) -> None:
    """Neither the output's nor the stage's place is known to whoever draws."""
    seen: list[bytes] = []
    before = cluster.spread

    @contextmanager
    def looking(
        scheduler: str, work: Callable[[list[Any]], list[Any]], *rest: Any
    ) -> Iterator[Any]:
        with before(scheduler, work, *rest) as send:

            def shown(tasks: Iterable[Any]) -> Iterator[Any]:
                def looked() -> Iterator[Any]:
                    for each in tasks:
                        seen.append(pickle.dumps((work, each)))
                        yield each

                return send(looked())

            yield shown

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "spread", looking)
        afar(site)

    assert len(seen) == 4
    assert [each for each in seen if str(site / "output").encode() in each] == []
    assert len(way.carried) == 4


def test_the_workers_function_is_found_by_name() -> None:
    bench = errands.Bench(None, (), NOW, ())
    function = pickle.loads(pickle.dumps(partial(errands.work, bench)))  # noqa: S301 - ours

    assert function([]) == []
