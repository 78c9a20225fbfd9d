"""One box for all tests of this room; on a computer that cannot have one they are "not run"."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bluez.bench import Bench, running_bench
from tests.bluez.not_run import NotRun

OUTCOME = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Virtual sensors, and BlueZ in a box as this computer's Bluetooth."""
    try:
        with running_bench() as running:
            request.config.stash[OUTCOME] = (
                f"run, on {running.box.accelerator}; adapter ready after {running.ready_s:.1f} s"
            )
            yield running
    except NotRun as reason:
        request.config.stash[OUTCOME] = f"not run: {reason}"
        pytest.skip(f"not run: {reason}")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if OUTCOME in config.stash:
        terminalreporter.write_line(f"BlueZ in a box: {config.stash[OUTCOME]}")
