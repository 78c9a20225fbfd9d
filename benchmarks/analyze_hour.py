"""How fast is ``levelstride analyze`` on an hour of three sensors, and how much memory it takes.

Run: ``uv run python benchmarks/analyze_hour.py [--hours 1] [--runs 3]``. The command runs as a
whole process, imports included; the ratio is real time over wall clock.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    seconds = arguments.hours * 3600.0
    levelstride = [sys.executable, "-m", "levelstride"]
    with tempfile.TemporaryDirectory() as scratch:
        recording = Path(scratch) / "hour.mcap"
        subprocess.run(
            [
                *levelstride,
                "simulate",
                "--seconds",
                str(seconds),
                "--seed",
                "9",
                "--out",
                recording,
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        for mode in ("offline", "online"):
            extra = ["--online"] if mode == "online" else []
            walls, cpus = [], []
            for _ in range(arguments.runs):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                start = time.perf_counter()
                subprocess.run(
                    [*levelstride, "analyze", recording, *extra, "--json"],
                    check=True,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                walls.append(time.perf_counter() - start)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            print(
                f"{mode}: wall {median(walls):.1f} s = {seconds / median(walls):.0f} x real time, "
                f"CPU {median(cpus):.1f} s = {seconds / median(cpus):.0f} x, "
                f"largest process so far {after.ru_maxrss / 1024:.0f} MB"
            )


if __name__ == "__main__":
    main()
