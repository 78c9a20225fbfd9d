"""What every room's tests share: the folder of real data, and the switch for long tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Machines are shared and slow at times; a test that hangs is ended by its time limit.
settings.register_profile(
    "levelstride", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("levelstride")

DATA_VARIABLE = "LEVELSTRIDE_DATA"
ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run tests marked 'full' (long)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("real_time") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    if config.getoption("--full"):
        return
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.skip(reason="long; run with --full"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data sets; they are too large, or not free enough, for the repository."""
    named = os.environ.get(DATA_VARIABLE, "")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if (folder / "README.md").is_file():
        return folder
    message = f"no real data at {folder}; name their folder in {DATA_VARIABLE}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the tests away from what this computer's user had remembered, and from a running session."""
    os.environ["LEVELSTRIDE_CONFIG"] = str(tmp_path_factory.mktemp("settings"))
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))
