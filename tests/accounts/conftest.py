"""A practice for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts.clinic import Clinic, make_clinic


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A practice whose tests only read."""
    made = make_clinic(tmp_path_factory.mktemp("clinic") / "library")
    made.open()
    yield made
    made.store.close()


@pytest.fixture
def fresh_clinic(tmp_path: Path) -> Iterator[Clinic]:
    """A practice of one test's own."""
    made = make_clinic(tmp_path / "library")
    made.open()
    yield made
    made.store.close()
