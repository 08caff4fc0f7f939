"""What tests of several rooms start from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# How long a machine takes is no property of what is tested.
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the repository, with events/ and the committed output/."""
    return ROOT
