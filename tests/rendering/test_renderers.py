"""Every renderer keeps the contract, the built-in ones and the one that the how-to page shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module, invalidate_caches
from typing import TYPE_CHECKING, Any, cast

import pytest

from contracts import renderer as contract
from webinar_feeds import rendering
from webinar_feeds.rendering import Renderer, calendar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from webinar_feeds.artifacts import Artifact
    from webinar_feeds.model import Publication, Site

Clause = Callable[[Renderer], None]


@pytest.fixture
def example(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Renderer:
    """The module that `docs/how-to/write-a-format.md` shows, as a package would bring it."""
    page = (repository / "docs/how-to/write-a-format.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"(?ms)^```python\n(.*?)^```", page)
    (tmp_path / "programme_of_the_page.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return cast("Renderer", import_module("programme_of_the_page"))


@pytest.mark.parametrize("clause", contract.CLAUSES, ids=lambda clause: clause.__name__)
@pytest.mark.parametrize("name", rendering.BUILT_IN)
def test_a_built_in_renderer(name: str, clause: Clause) -> None:
    found = rendering.find(name)

    assert found is not None
    assert found.name == name
    clause(found)


@pytest.mark.parametrize("clause", contract.CLAUSES, ids=lambda clause: clause.__name__)
def test_the_renderer_of_the_how_to_page(example: Renderer, clause: Clause) -> None:
    clause(example)


class Broken:
    """A renderer that breaks the contract in one way."""

    name = "broken"
    draws = calendar.draws

    def __init__(self, change: Callable[[Artifact, int], Artifact]) -> None:
        self._change = change
        self._count = 0

    def render(self, publication: Publication, site: Site) -> Iterator[Artifact]:
        for artifact in calendar.render(publication, site):
            self._count += 1
            yield self._change(artifact, self._count)


def once(artifact: Artifact) -> Artifact:
    left = iter(artifact.chunks())
    return artifact._replace(chunks=lambda: left)


@pytest.mark.parametrize(
    ("clause", "change"),
    [
        (contract.keeps_to_the_folder_of_the_publication, lambda it, _: it._replace(path="../x")),
        (contract.keeps_to_the_folder_of_the_publication, lambda it, _: it._replace(path="/x")),
        (contract.gives_every_file_a_path_of_its_own, lambda it, _: it._replace(path="x")),
        (
            contract.gives_every_file_a_path_of_its_own,
            lambda it, number: it if number > 1 else it._replace(path="manifest.json"),
        ),
        (contract.says_what_its_files_are, lambda it, _: it._replace(media_type="calendar")),
        (
            contract.says_when_they_last_changed_or_nothing,
            lambda it, _: it._replace(modified=contract.NOW.replace(year=2030)),
        ),
        (contract.gives_the_same_bytes_as_often_as_it_is_asked, lambda it, _: once(it)),
        (
            contract.gives_the_same_bytes_as_often_as_it_is_asked,
            lambda it, number: it._replace(chunks=lambda: [str(number).encode()]),
        ),
        (
            contract.writes_text_that_every_reader_can_read,
            lambda it, _: it._replace(chunks=lambda: [b"a\x0bb"]),
        ),
        (
            contract.keeps_private_links_to_itself,
            lambda it, _: it._replace(chunks=lambda: [contract.SECRET.encode()]),
        ),
    ],
)
def test_the_contract_finds_out_who_breaks_it(clause: Clause, change: Any) -> None:
    with pytest.raises(AssertionError):
        clause(Broken(change))


def test_a_name_that_nobody_offers_is_no_renderer() -> None:
    assert rendering.find("carrier-pigeon") is None


def test_a_package_offers_a_renderer_by_its_entry_point(example: Renderer, tmp_path: Path) -> None:
    """A package is installed where Python finds its metadata; nothing else is needed."""
    about = tmp_path / "programme-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: programme\nVersion: 1\n")
    (about / "entry_points.txt").write_text(
        "[webinar_feeds.renderers]\nprogramme = programme_of_the_page\n"
    )
    invalidate_caches()

    assert rendering.find("programme") is example


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        (
            "name, draws = 'broken', {1}",
            "AttributeError: module 'broken_{}' has no attribute 'render'",
        ),
    ],
)
def test_a_package_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, why: str
) -> None:
    module = f"broken_{tmp_path.name.replace('-', '_')}"
    about = tmp_path / "formats_of_others-2.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: formats-of-others\nVersion: 2.1\n"
    )
    (about / "entry_points.txt").write_text(f"[webinar_feeds.renderers]\nbroken = {module}\n")
    (tmp_path / f"{module}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(rendering.Broken) as broken:
        rendering.find("broken")

    said = f"the format `broken` of formats-of-others 2.1 cannot be used: {why}"
    assert str(broken.value) == said.replace("broken_{}", module)
