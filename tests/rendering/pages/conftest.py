"""What tests of pages start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from growing_site import DATA, OPEN_SCIENCE, spread_out
from made_pages import SITE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with two series, one of them in two languages."""
    events = {"site": SITE, "open-science": OPEN_SCIENCE, "data": DATA}
    spread_out(tmp_path, {f"events/{name}.yaml": text for name, text in events.items()})
    return tmp_path
