"""What collecting costs: processor, memory, and the time from a notification to the recording.

Run: ``uv run python benchmarks/collector_cost.py [--seconds 60]``. Three virtual sensors at 200 Hz
over the virtual radio, in real time, recorded. The sensors, their radio and the air are in a
process of their own; what is measured is the process of the collector, whose Bluetooth host
(HCI, L2CAP, ATT) is Python, too. A second run of a client that throws away what it gets shows the
share of that host, which on a real machine is the operating system's.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sensors.collector import Collector
from sensors.drivers.open_gait_imu import OpenGaitImu
from sensors.notification import Notification
from sensors.radio import VirtualRadio
from sensors.recording_writer import RecordingWriter
from sensors.scan import look_around
from sensors.session_info import SessionInfo

WARM_UP_S = 8.0
HOST = "127.0.0.1"


@contextlib.contextmanager
def sensors_apart() -> Iterator[int]:
    """The virtual sensors in a process of their own; gives the port."""
    command = [sys.executable, "-m", "levelstride", "sim-sensors", "--listen", f"{HOST}:0"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert child.stderr is not None
        for line in child.stderr:
            found = re.search(rf"{HOST}:(\d+)", line)
            if found:
                break
        else:
            raise SystemExit("the virtual sensors did not start")
        yield int(found[1])
    finally:
        child.terminate()
        child.communicate()


class TimedWriter(RecordingWriter):
    """Notes how long notifications take to the recording, and to the operating system."""

    def __init__(self, path: Path) -> None:
        self.now_ns = time.perf_counter_ns  # the collector's, once it runs
        self.taken_ns: list[int] = []
        self.flushed_ns: list[int] = []
        super().__init__(path, session=SessionInfo())

    def notification(self, notification: Notification) -> None:
        """Append a notification, and note when."""
        super().notification(notification)
        self.taken_ns.append(self.now_ns() - notification.arrival_ns)

    def _write_all(self, *, last: bool = False) -> None:
        waiting = [item for item in tuple(self._queue) if isinstance(item, Notification)]
        super()._write_all(last=last)
        now_ns = self.now_ns()
        self.flushed_ns += [now_ns - item.arrival_ns for item in waiting]


async def share_during(seconds: float) -> float:
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    return (time.process_time() - cpu) / (time.perf_counter() - wall)


def resident_mb() -> float:
    fields = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in fields if line.startswith("VmRSS")) / 1e3


async def collect(port: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        writer = TimedWriter(Path(scratch) / "run.mcap")
        radio = VirtualRadio((HOST, port))
        collector = Collector(radio, recording=writer)
        writer.now_ns = collector.now_ns
        stop = asyncio.Event()
        run = asyncio.create_task(collector.run(stop))
        await asyncio.sleep(WARM_UP_S)
        writer.taken_ns.clear()
        writer.flushed_ns.clear()
        share = await share_during(seconds)
        taken, flushed = np.array(writer.taken_ns) * 1e-6, np.array(writer.flushed_ns) * 1e-6
        memory = resident_mb()
        stop.set()
        await run
        await radio.close()
    print(
        f"collector with its Bluetooth host: {share:.1%} of a core, {memory:.0f} MB,"
        f" {len(taken) / seconds:.1f} notifications a second"
    )
    for what, delay in (("recording", taken), ("operating system", flushed)):
        p50, p99 = np.percentile(delay, (50, 99))
        print(f"notification to {what}: p50 {p50:.2f}, p99 {p99:.2f}, most {delay.max():.1f} ms")


async def host_only(port: int, seconds: float) -> float:
    """Share of a core of a client that throws away what it gets."""
    driver = OpenGaitImu()
    radio = VirtualRadio((HOST, port))
    seen = await look_around(radio, 12.0, enough=3)
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(radio.client(s.device)) for s in seen]
        infos = []
        for client, device in zip(clients, seen, strict=True):
            identity = await driver.read_identity(client)
            infos.append(await driver.configure(client, identity, name=device.name, rate_hz=200.0))
            await driver.subscribe(client, lambda _uuid, _payload: None)
        for client, info in zip(clients, infos, strict=True):
            await driver.start(client, info, lambda _uuid, _payload: None)
        await asyncio.sleep(WARM_UP_S)
        share = await share_during(seconds)
    await radio.close()
    return share


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    logging.disable()
    with sensors_apart() as port:
        asyncio.run(collect(port, options.seconds))
    with sensors_apart() as port:
        share = asyncio.run(host_only(port, options.seconds))
    print(f"of it the Bluetooth host alone: {share:.1%} of a core")


if __name__ == "__main__":
    main()
