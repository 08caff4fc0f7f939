from __future__ import annotations

import runpy
import subprocess
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


def test_nothing_is_looked_for_when_the_program_ends() -> None:
    """Looking for circles in everything that a build has made would take a tenth of its time."""
    program = (
        "import atexit, gc, sys\n"
        "atexit.register(lambda: print(gc.get_count()[0] < gc.get_freeze_count()))\n"
        "from webinar_feeds.__main__ import main\n"
        "sys.argv = ['webinar-feeds', '--version']\n"
        "main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout.splitlines() == [f"webinar-feeds {__version__}", "True"]
