"""A message bus of our own, in place of the system's: bluetoothd in the box and bleak here meet on it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.bluez.child_process import ends_with_us
from tests.bluez.not_run import tool
from tests.bluez.waiting import wait_for

START_S = 20.0

# A slow box takes its time to sign on, and its user is not one of this computer's.
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <auth>ANONYMOUS</auth>
  <allow_anonymous/>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
  <limit name="auth_timeout">600000</limit>
</busconfig>
"""


def dbus_daemon() -> str:
    """The program that is a message bus.

    Raises:
        NotRun: it is not on this computer.
    """
    return tool("dbus-daemon", "dbus-daemon")


class MessageBus:
    """A running ``dbus-daemon``.

    Args:
        folder: for its socket and its settings; the path is to be short, as a socket's must be.

    Attributes:
        socket: where to reach it.
        address: the same, as D-Bus writes it.

    Raises:
        NotRun: a program for it is not on this computer.
    """

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "bus"
        self.address = f"unix:path={self.socket}"
        settings = folder / "bus.conf"
        settings.write_text(CONFIG.format(socket=self.socket))
        command = (*ends_with_us(), dbus_daemon(), f"--config-file={settings}", "--nofork")
        with (folder / "bus.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
        wait_for(self.socket.exists, START_S, "the message bus did not start")

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
