"""How much memory ``levelstride analyze`` takes at its height, by length and by what is done.

Run: ``uv run python benchmarks/analyze_memory.py [--hours 1 4 12] [--what run walk idle] [--modes
offline online store]``. Each figure is the largest resident memory of a whole process, so that of
its libraries is in it. ``idle``: a minute of walking, then the sensors are worn by somebody who
stands for hours.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LEVELSTRIDE = [sys.executable, "-m", "levelstride"]
MODES = {"offline": ["--out"], "online": ["--online", "--out"], "store": ["--store", "--out"]}
IDLE = {
    "name": "idle",
    "title": "Idle",
    "description": "A minute of walking, then hours of standing.",
    "seconds": 3600,
    "gait": "run",
    "faults": "field",
    "segments": [
        {"activity": "stand", "seconds": 8},
        {"activity": "squats", "seconds": 10, "repetitions": 4},
        {"activity": "stand", "seconds": 2},
        {"activity": "walk", "seconds": 60},
        {"activity": "stand", "seconds": 60},
    ],
}


def recording(folder: Path, what: str, hours: float) -> Path:
    """A simulated recording with everyday faults."""
    path, scenario = folder / f"{what}.mcap", folder / "idle.json"
    scenario.write_text(json.dumps(IDLE), encoding="utf-8")
    done: list[str | Path] = (
        ["--scenario", scenario] if what == "idle" else ["--gait", what, "--faults", "field"]
    )
    length: list[str | Path] = ["--seconds", str(3600.0 * hours), "--seed", "9", "--out", path]
    subprocess.run([*LEVELSTRIDE, "simulate", *done, *length], check=True, capture_output=True)
    return path


def peak_mb(command: list[str | Path], library: Path) -> float:
    """Largest resident memory of a command, MB."""
    environment = {**os.environ, "LEVELSTRIDE_STORE": str(library)}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        raise SystemExit(f"{command} ended with {process.returncode}")
    return usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, nargs="+", default=[1.0, 4.0])
    parser.add_argument("--what", nargs="+", default=["run", "walk", "idle"])
    parser.add_argument("--modes", nargs="+", choices=list(MODES), default=list(MODES))
    arguments = parser.parse_args()
    for hours in arguments.hours:
        for what in arguments.what:
            with tempfile.TemporaryDirectory() as folder:
                path = recording(Path(folder), what, hours)
                for mode in arguments.modes:
                    table = Path(folder) / "strides.csv"
                    command: list[str | Path] = [*LEVELSTRIDE, "analyze", path, *MODES[mode], table]
                    peak = peak_mb(command, Path(folder) / "library")
                    print(f"{hours:g} h {what}, {mode}: {peak:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
