from __future__ import annotations

import runpy
import sys

import pytest

from webinar_feeds import __version__


def test_python_m_runs_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["webinar-feeds", "--version"])
    monkeypatch.delitem(sys.modules, "webinar_feeds.__main__", raising=False)

    with pytest.raises(SystemExit) as ended:
        runpy.run_module("webinar_feeds", run_name="__main__")

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"webinar-feeds {__version__}\n"
