"""The box: a small virtual machine in which Debian's kernel and bluetoothd run."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from tests.bluez.box_image import BoxImage
from tests.bluez.child_process import ends_with_us
from tests.bluez.not_run import tool
from tests.bluez.waiting import wait_for

SIGNS_OF_LIFE = {"Linux version": 5.0, "box: starting": 20.0}
"""What a box with hardware help says, and within how many seconds: it takes a tenth of them. On some
hosts ``/dev/kvm`` is there and a machine can be made on it, and then its kernel says nothing."""
LAST_LINES = 25


def qemu() -> str:
    """The program that is a virtual machine.

    Raises:
        NotRun: it is not on this computer.
    """
    return tool("qemu-system-x86_64", "qemu-system-x86")


class Box:
    """A box that runs, with its controller and its message bus outside.

    Args:
        image: what it starts from.
        folder: for the logs.
        hci: socket of a server that is its Bluetooth controller (H4).
        bus: socket of the message bus that bluetoothd signs on to.
        accelerator: ``kvm``, ``tcg``, or None for whichever works.

    Attributes:
        accelerator: ``kvm`` (help of the processor) or ``tcg`` (none).
        started_s: monotonic time at which it was switched on.

    Raises:
        NotRun: a program for it is not on this computer.
    """

    def __init__(
        self, image: BoxImage, folder: Path, *, hci: Path, bus: Path, accelerator: str | None = None
    ) -> None:
        self._image, self._hci, self._bus = image, hci, bus
        self._console, self._log = folder / "console.log", folder / "qemu.log"
        self.accelerator = accelerator or "tcg"
        if accelerator is None and os.access("/dev/kvm", os.R_OK | os.W_OK):
            self._switch_on("kvm")
            if self._lives():
                self.accelerator = "kvm"
                return
            self.switch_off()
        self._switch_on(self.accelerator)

    def _switch_on(self, accelerator: str) -> None:
        self.started_s = time.monotonic()
        self._console.write_bytes(b"")
        words = (
            *ends_with_us(),
            *(qemu(), "-accel", accelerator, "-smp", "1", "-m", "256"),
            *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
            *("-kernel", self._image.kernel, "-initrd", self._image.initramfs),
            *("-append", "console=ttyS0 earlyprintk=ttyS0 panic=-1"),
            *("-serial", f"file:{self._console}"),
            *("-device", "virtio-serial"),
            *("-chardev", f"socket,id=hci,path={self._hci},server=off"),
            *("-device", "virtconsole,chardev=hci"),
            *("-chardev", f"socket,id=bus,path={self._bus},server=off"),
            *("-device", "virtserialport,chardev=bus,name=bus"),
        )
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=log)

    def _lives(self) -> bool:
        try:
            for words, seconds in SIGNS_OF_LIFE.items():
                wait_for(lambda words=words: words in self._said() or not self.runs, seconds, "")
        except TimeoutError:
            return False
        return self.runs

    def _said(self) -> str:
        return self._console.read_text(errors="replace")

    @property
    def runs(self) -> bool:
        """Whether it is still on."""
        return self._process.poll() is None

    def last_words(self) -> str:
        """The end of its console, for messages about a failure."""
        lines = self._log.read_text(errors="replace").splitlines() + self._said().splitlines()
        return "\n".join(lines[-LAST_LINES:])

    def switch_off(self) -> None:
        """Pull the plug; nothing in it is kept."""
        self._process.kill()
        self._process.wait()
