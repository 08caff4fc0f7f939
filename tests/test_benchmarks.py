from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_the_table_of_ratios_can_be_measured(repository: Path, tmp_path: Path) -> None:
    """The small form: no figure in it means anything, and none is asserted."""
    target = tmp_path / "table.md"
    subprocess.run(
        [sys.executable, "benchmarks/run.py", "--small", "--markdown", str(target)],
        cwd=repository,
        check=True,
        capture_output=True,
    )

    rows = [line for line in target.read_text(encoding="utf-8").splitlines() if "|" in line]
    assert len(rows) == 2 + 8
    assert all(len(row.split("|")) == 6 for row in rows)


def test_the_same_arguments_make_the_same_series(repository: Path, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        subprocess.run(
            [
                *(sys.executable, "benchmarks/generate.py", str(tmp_path / folder)),
                *("--series", "2", "--sessions", "3"),
            ],
            cwd=repository,
            check=True,
        )

    files = [
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        for folder in ("a", "b")
    ]
    assert files[0] == files[1]
    assert sorted(files[0]) == ["series-0.yaml", "series-1.yaml", "site.yaml"]
