"""Programs that are not to outlive the tests, however the tests end."""

from __future__ import annotations

from tests.bluez.not_run import tool


def ends_with_us() -> tuple[str, ...]:
    """Words before a command: the program is killed when the thread that started it ends.

    Raises:
        NotRun: this computer cannot do that.
    """
    return (tool("setpriv", "util-linux"), "--pdeathsig", "KILL")
