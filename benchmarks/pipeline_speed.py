"""How fast the pipeline is on one core, in one run with VQF alone and with the peers that install.

Run: ``uv run python benchmarks/pipeline_speed.py [--hours 1] [--live-seconds 120] [--runs 3]``,
or with ``--recording FILE``. Processor time, in this process, of samples that lie in memory already:

- the causal chain: samples of three sensors at 200 Hz to measured strides, as a live view gets them;
- the same live: in packets of four samples;
- VQF alone over the same samples, in the same two ways: what no method built on it can undercut;
- orientation filters of ``ahrs`` and ``imufusion`` over one minute of the same samples, where they
  are installed (``uv run --with ahrs --with imufusion python benchmarks/pipeline_speed.py``); they
  find no strides, so they compare with VQF alone.

Lowest of the runs. The ratio to VQF alone says more than the figure where a machine is shared.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from vqf import VQF

from pipeline.engine import StrideEngine
from sensors.recording_reader import open_recording
from sensors.sample_block import SampleBlock

TOGETHER_S = 120.0


def recorded(path: Path) -> list[SampleBlock]:
    """Samples of a recording, as the live path times them."""
    with open_recording(path) as recording:
        return list(recording.blocks(online=True, chunk_s=60.0))


def simulated(seconds: float) -> list[SampleBlock]:
    """Samples of a simulated session."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "run.mcap"
        command = [sys.executable, "-m", "levelstride", "simulate", "--seconds", str(seconds)]
        subprocess.run(
            [*command, "--seed", "9", "--out", str(path)], check=True, stderr=subprocess.DEVNULL
        )
        return recorded(path)


def lowest(work: Callable[[], object], runs: int) -> float:
    """Processor time of the quickest run, seconds."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def vqf_alone(blocks: list[SampleBlock]) -> None:
    filters: dict[str, VQF] = {}
    for block in blocks:
        name = block.placement.value
        if name not in filters:
            filters[name] = VQF(1.0 / block.rate_hz)
        filters[name].updateBatch(np.ascontiguousarray(block.gyr), np.ascontiguousarray(block.acc))


def chain(groups: list[list[SampleBlock]]) -> int:
    engine = StrideEngine({block.placement for group in groups for block in group})
    return sum(len(engine.push_all(group)) for group in groups) + len(engine.finish())


def packets(blocks: list[SampleBlock], seconds: float) -> list[SampleBlock]:
    """The first seconds in packets of four samples, in the order in which they end."""
    found = []
    for block in blocks:
        count = int(np.searchsorted(block.time_s, seconds))
        found += [block.slice(a, min(a + 4, count)) for a in range(0, count, 4)]
    return sorted(found, key=lambda packet: float(packet.time_s[-1]))


def peers(blocks: list[SampleBlock], runs: int) -> dict[str, float]:
    """Seconds per sample of orientation filters of other projects, where they are installed."""
    block = max(blocks, key=len)
    count = min(len(block), round(60.0 * block.rate_hz))
    gyr, acc = np.ascontiguousarray(block.gyr[:count]), np.ascontiguousarray(block.acc[:count])
    found: dict[str, float] = {}
    if importlib.util.find_spec("ahrs"):
        from ahrs.filters import EKF, Madgwick, Mahony

        for method in (Madgwick, Mahony, EKF):
            work = lambda method=method: method(gyr=gyr, acc=acc, frequency=block.rate_hz)  # noqa: E731
            found[f"ahrs {method.__name__}"] = lowest(work, runs) / count
    if importlib.util.find_spec("imufusion"):
        import imufusion

        def fusion() -> None:
            # its interface takes one sample at a time
            filter_ = imufusion.Ahrs()
            filter_.set_sample_period(1.0 / block.rate_hz)
            for rate, force in zip(np.degrees(gyr), acc / 9.81, strict=True):
                filter_.update_no_magnetometer(rate, force)

        found["imufusion"] = lowest(fusion, runs) / count
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--recording", type=Path, help="a recording in place of a simulated run")
    parser.add_argument("--live-seconds", type=float, default=120.0)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.recording is None:
        blocks = simulated(arguments.hours * 3600.0)
    else:
        blocks = recorded(arguments.recording)
    seconds = max(float(b.time_s[-1]) for b in blocks) - min(float(b.time_s[0]) for b in blocks)
    samples = sum(len(block) for block in blocks)
    groups: list[list[SampleBlock]] = []
    for block in sorted(blocks, key=lambda each: float(each.time_s[0])):
        if not groups or block.time_s[0] > groups[-1][0].time_s[0] + TOGETHER_S:
            groups.append([])
        groups[-1].append(block)
    strides = chain(groups)
    alone = lowest(lambda: vqf_alone(blocks), arguments.runs)
    whole = lowest(lambda: chain(groups), arguments.runs)
    print(f"{seconds:.0f} s of three sensors, {samples} samples, {strides} strides")
    print(f"VQF alone     {alone:.2f} s = {seconds / alone:.0f} x real time")
    print(
        f"causal chain  {whole:.2f} s = {seconds / whole:.0f} x real time, {whole / alone:.1f} x VQF"
    )
    live = packets(blocks, arguments.live_seconds)
    count = sum(len(packet) for packet in live)
    alone = lowest(lambda: vqf_alone(live), arguments.runs) / count
    whole = lowest(lambda: chain([[packet] for packet in live]), arguments.runs) / count
    print(
        f"packets of 4: VQF alone {alone * 1e6:.2f} us, chain {whole * 1e6:.1f} us per sensor-sample"
    )
    for name, each in peers(blocks, arguments.runs).items():
        print(f"{name:14} {each * 1e6:.2f} us per sensor-sample, all in one call")
    batch = lowest(lambda: vqf_alone(blocks), 1) / samples
    print(f"{'VQF':14} {batch * 1e6:.2f} us per sensor-sample, in blocks")


if __name__ == "__main__":
    main()
