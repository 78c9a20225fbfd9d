"""The whole arrangement: virtual sensors on an air, and the box with bluetoothd as its host."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from bleak import BleakScanner
from bleak.exc import BleakError

from firmware_sim import SimulatedSession, VirtualSensors
from tests.bluez.air import Air, serve_controllers
from tests.bluez.box import Box, qemu
from tests.bluez.box_image import box_image
from tests.bluez.child_process import ends_with_us
from tests.bluez.message_bus import MessageBus, dbus_daemon

HOST = "box"
READY_S = 150.0
"""Longest wait for an adapter; without hardware help and with other work it takes up to a minute."""
CALL_S = 60.0
BUS_VARIABLE = "DBUS_SYSTEM_BUS_ADDRESS"

T = TypeVar("T")


class Bench:
    """Sensors, air, box and message bus, running.

    The air has a thread of its own, so that a busy collector holds up the air no more than it would
    hold up a real one.

    Attributes:
        air: what passes between the sensors and the box.
        box: the virtual machine.
        bus: the message bus on which bluetoothd in the box and bleak here meet.
        ready_s: from switching on the box to a scan that works.
    """

    def __init__(self) -> None:
        for find in (qemu, dbus_daemon, ends_with_us):
            find()  # before a box is built in vain
        self._image = box_image()
        self._folder = Path(tempfile.mkdtemp(prefix="levelstride-box-"))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="air")
        self._thread.start()
        self.ready_s = 0.0
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
            stack.callback(self._end_thread)
            self.bus = MessageBus(self._folder)
            stack.callback(self.bus.stop)
            self.air = self.call(_made(Air))
            self._hci = self._folder / "hci"
            server = self.call(serve_controllers(self.air, self._hci, HOST))
            stack.callback(lambda: self.call(_closed(server)))
            self.box = self._new_box(None)
            stack.callback(lambda: self.box.switch_off())
            self.close = stack.pop_all().close

    def _new_box(self, accelerator: str | None) -> Box:
        return Box(
            self._image,
            self._folder,
            hci=self._hci,
            bus=self.bus.socket,
            accelerator=accelerator,
        )

    def replace_box(self) -> None:
        """Pull the plug of the box and switch on a new one, which takes its time to be ready."""
        self.box.switch_off()
        self.box = self._new_box(self.box.accelerator)

    def call(self, work: Coroutine[None, None, T]) -> T:
        """Do something on the air's thread."""
        return self.begin(work).result(CALL_S)

    def begin(self, work: Coroutine[None, None, T]) -> Future[T]:
        """Begin something on the air's thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    @contextmanager
    def worn(self, session: SimulatedSession) -> Iterator[VirtualSensors]:
        """Sensors of a session in range."""
        sensors = self.call(_made(lambda: VirtualSensors(self.air, session)))
        self.air.passed.clear()
        self.call(sensors.start())
        try:
            yield sensors
        finally:
            self.air.loss = 0.0
            self.call(sensors.stop())

    async def cut(self, name: str) -> None:
        """Take a sensor out of range for a moment."""
        await asyncio.wrap_future(self.begin(_made(lambda: self.air.cut(name))))

    def wait_until_ready(self) -> None:
        """Wait for the adapter.

        Raises:
            TimeoutError: it did not come; the sentence has the end of the box's console.
        """
        try:
            asyncio.run(self.scan_works())
        except TimeoutError:
            raise TimeoutError(
                f"no Bluetooth adapter within {READY_S:g} s; the box says:\n{self.box.last_words()}"
            ) from None
        self.ready_s = time.monotonic() - self.box.started_s

    async def scan_works(self) -> None:
        """Return once a scan can be started."""
        async with asyncio.timeout(READY_S):
            while True:
                try:
                    async with BleakScanner():
                        return
                except (BleakError, OSError, EOFError):
                    if not self.box.runs:
                        raise TimeoutError from None
                    await asyncio.sleep(0.25)

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _made(make: Callable[[], T]) -> T:
    return make()


async def _closed(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()
    await asyncio.sleep(0.2)  # the box's controller leaves the air


@contextmanager
def running_bench() -> Iterator[Bench]:
    """A bench that is ready, and the only system bus that this process knows meanwhile.

    Raises:
        NotRun: this computer cannot have one.
    """
    before = os.environ.get(BUS_VARIABLE)
    bench = Bench()
    os.environ[BUS_VARIABLE] = bench.bus.address
    try:
        bench.wait_until_ready()
        yield bench
    finally:
        if before is None:
            del os.environ[BUS_VARIABLE]
        else:
            os.environ[BUS_VARIABLE] = before
        bench.close()
