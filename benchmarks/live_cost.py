"""What a live session costs: processor time of the collector, recording and stride engine.

Run: ``uv run python benchmarks/live_cost.py [--seconds 60]``. Three virtual sensors at 200 Hz over
the virtual radio, in real time. The virtual sensors and the virtual radio run in the same
process, so their share is measured in a second run with a bare client and taken off.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import logging
import tempfile
import time
from pathlib import Path

from levelstride.live_recording import file_session
from levelstride.radio_name import RadioName
from levelstride.radios import radio_source
from pipeline.live_session import LiveSession
from sensors.drivers.open_gait_imu import OpenGaitImu
from sensors.scan import look_around

WARM_UP_S = 10.0


def live_share(seconds: float) -> float:
    """Share of one core of a whole live session, sensors included."""
    with tempfile.TemporaryDirectory() as scratch:
        session = LiveSession(
            radio_source(RadioName("sim")),
            file_session(Path(scratch) / "run.mcap", "", "simulated"),
            seconds=seconds + WARM_UP_S,
        )
        session.start()
        while session.snapshot().elapsed_s < WARM_UP_S:
            time.sleep(0.1)
        share = _share_during(seconds - 1.0)
        session.stop()
        session.wait()
    return share


def _share_during(seconds: float) -> float:
    wall, cpu = time.perf_counter(), time.process_time()
    time.sleep(seconds)
    return (time.process_time() - cpu) / (time.perf_counter() - wall)


def _thrown_away(_uuid: str, _payload: bytes) -> None:
    """What is received here is of no use."""


async def sensors_share(seconds: float) -> float:
    """Share of one core of sensors, virtual radio and a client that throws away what it gets."""
    driver = OpenGaitImu()
    async with radio_source(RadioName("sim"))() as radio:
        seen = await look_around(radio, 12.0, enough=3)
        async with contextlib.AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(radio.client(s.device)) for s in seen]
            infos = []
            for client, device in zip(clients, seen, strict=True):
                identity = await driver.read_identity(client)
                infos.append(
                    await driver.configure(client, identity, name=device.name, rate_hz=200.0)
                )
                await driver.subscribe(client, _thrown_away)
            for client, info in zip(clients, infos, strict=True):
                await driver.start(client, info, _thrown_away)
            await asyncio.sleep(WARM_UP_S)
            wall, cpu = time.perf_counter(), time.process_time()
            await asyncio.sleep(seconds)
            share = (time.process_time() - cpu) / (time.perf_counter() - wall)
            for client in clients:
                await driver.stop(client)
    return share


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    logging.disable()
    with contextlib.redirect_stderr(io.StringIO()):
        whole = live_share(seconds)
        sensors = asyncio.run(sensors_share(seconds))
    print(
        f"whole process {whole:.1%} of a core, virtual sensors and radio {sensors:.1%}: "
        f"collecting, recording and measuring {whole - sensors:.1%}"
    )


if __name__ == "__main__":
    main()
