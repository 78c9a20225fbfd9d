"""What every room's tests share: the folder of real data, and the switch for long tests."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Generator, Iterator
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Machines are shared and slow at times; a test that hangs is ended by its time limit.
settings.register_profile(
    "levelstride", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("levelstride-same", settings.get_profile("levelstride"), derandomize=True)

DATA_VARIABLE = "LEVELSTRIDE_DATA"
ROOT = Path(__file__).resolve().parent.parent
LAST_OF_THEM = pytest.StashKey[bool]()
FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run tests marked 'full' (long)")


def follows_the_clock(item: pytest.Item) -> bool:
    """Whether a test depends on how fast this computer is just now."""
    return any(item.get_closest_marker(name) for name in ("real_time", "browser"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if follows_the_clock(item):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=3))
            # a time limit for each try: the usual one is for all tries together
            own = item.get_closest_marker("timeout")
            seconds = own.args[0] if own and own.args else float(config.getini("timeout"))
            item.add_marker(pytest.mark.timeout(seconds, func_only=True), append=False)
    for item, following in zip_longest(items, items[1:]):
        if follows_the_clock(item) and not (
            following and following.path == item.path and follows_the_clock(following)
        ):
            item.stash[LAST_OF_THEM] = True
    if config.getoption("--full"):
        return
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.skip(reason="long; run with --full"))


# With warnings as errors, a file or socket that is closed by nobody fails the test in which it is found,
# which may be an innocent one, later. So it is looked for where such things happen, and what a try that
# failed left open (its variables live on in the error's traceback) is no matter for the next one.


@pytest.fixture(autouse=True)
def nothing_left_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """Find what was left open before something else begins than tests that get a second try."""
    yield
    if LAST_OF_THEM in request.node.stash:
        gc.collect()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.config.stash[FAILED] = item.config.stash.get(FAILED, False) or report.failed
    return report


class AfterEachTry:
    """Forgets what a failed try left open."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logfinish(self) -> None:
        if not self._config.stash.get(FAILED, False):
            return
        self._config.stash[FAILED] = False
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):
            vars(sys).pop(name, None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gc.collect()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(AfterEachTry(config))
    # the usual run draws the same examples every time, the long one new ones
    settings.load_profile("levelstride" if config.getoption("--full") else "levelstride-same")
    # FastAPI makes its routes at the first request, in the server's thread, and mutes this one there; but
    # what one thread mutes, another that comes out of the same statement in this moment unmutes.
    muted = "The '.*' attribute with value .* was provided to the `Field"
    config.addinivalue_line("filterwarnings", f"ignore:{muted}:Warning")


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
