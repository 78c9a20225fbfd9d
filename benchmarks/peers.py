"""levelstride, VQF alone, and the methods of other projects over the same samples, in one run.

Run: ``uv run python benchmarks/peers.py [--seconds 60]``. The peers run as a program of their own
in an environment that is thrown away (``uv run --no-project --with ...``), so that nothing of them
becomes a part of this project; ``--peers-python PATH`` takes one that is there already.

Processor time on one core, lowest of three runs, per sample of one sensor. levelstride's own figure is
the whole causal chain of three sensors, from samples to measured strides. The other projects do
something else: an orientation, or foot contacts. None gives pelvic drop or tibial rotation.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.pipeline_speed import TOGETHER_S, chain, lowest, simulated
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

PEERS = ("vqf", "ahrs", "imufusion", "scikit-kinematics", "gaitmap", "scikit-digital-health")
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def write_samples(blocks: list[SampleBlock], path: Path) -> None:
    """Samples of a pelvis and a shank for the peers' program."""
    arrays: dict[str, np.ndarray] = {}
    for name, placement in (("pelvis", Placement.PELVIS), ("shank", Placement.SHANK_LEFT)):
        mine = [block for block in blocks if block.placement is placement]
        arrays[f"{name}_time_s"] = np.concatenate([block.time_s for block in mine])
        arrays[f"{name}_acc"] = np.concatenate([block.acc for block in mine])
        arrays[f"{name}_gyr"] = np.concatenate([block.gyr for block in mine])
    arrays["rate_hz"] = np.array(blocks[0].rate_hz)
    np.savez(path, allow_pickle=False, **arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--peers-python", help="an interpreter that has the peers")
    arguments = parser.parse_args()
    blocks = simulated(arguments.seconds + 10.0)
    samples = sum(len(block) for block in blocks)
    groups = [
        sorted(blocks, key=lambda each: float(each.time_s[0]))
    ]  # shorter than what is given at once
    if arguments.seconds > TOGETHER_S:
        parser.error(f"at most {TOGETHER_S:g} seconds")
    strides = chain(groups)
    whole = lowest(lambda: chain(groups), 3) / samples
    print(f"{'levelstride':22} {'causal chain':20} {whole * 1e6:8.2f} us   {strides} strides")
    python = (
        [arguments.peers_python]
        if arguments.peers_python
        else ["uv", "run", "--no-project", *(f"--with={name}" for name in PEERS), "python"]
    )
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "samples.npz"
        write_samples(blocks, path)
        program = Path(__file__).with_name("peers_timed.py")
        done = subprocess.run(
            [*python, str(program), str(path), str(arguments.seconds)],
            check=True,
            capture_output=True,
            text=True,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | ONE_CORE,
        )
    for line in done.stdout.splitlines():
        if not line.startswith("{"):
            continue
        said = json.loads(line)
        figure = f"{said['us_per_sample']:8.2f} us" if "us_per_sample" in said else said["error"]
        name = f"{said['package']} {said['version']}"
        print(f"{name:22} {said['method']:20} {figure}   {said['gives']}")


if __name__ == "__main__":
    main()
