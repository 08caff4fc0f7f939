"""A bar is for whoever looks at a terminal, and for nobody else."""

from __future__ import annotations

import io
import sys

import pytest

from webinar_feeds.cli import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "seen"), [(None, False), (io.StringIO(), False), (Terminal(), True)]
)
def test_a_terminal_is_seen_and_a_closed_stream_is_none(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO | None, seen: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)

    assert progress.is_seen() is seen


@pytest.mark.parametrize(("total", "drawn"), [(9, False), (10, True)])
def test_only_what_takes_long_has_a_bar(
    monkeypatch: pytest.MonkeyPatch, total: int, drawn: bool
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress.bar("drawing", 10, quiet=False) as told:
        assert told is not None
        told(1, total)
        told(total - 1, total)

    assert ("drawing" in terminal.getvalue() and "100%" in terminal.getvalue()) is drawn


def test_who_wants_quiet_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())

    with progress.bar("drawing", 1, quiet=True) as told:
        assert told is None
