"""What everything of a kind keeps, whoever wrote it."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("contracts.renderer")
