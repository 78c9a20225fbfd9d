"""The memory for an analysis hardly grows with the length of the session."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ANALYSE = """
import sys
from pathlib import Path
from pipeline.analyse_file import analyse
session = analyse([Path(sys.argv[1])])
status = Path("/proc/self/status").read_text()
print(len(session.strides), int(status.split("VmHWM:")[1].split()[0]) / 1024.0)
"""
"""Prints the number of strides, and the largest memory that the process took, MB. What `getrusage` tells
is at least what the process had that started this one."""


def peak_mb(folder: Path, hours: int) -> float:
    recording = folder / f"{hours}.mcap"
    simulate = [sys.executable, "-m", "levelstride", "simulate", "--seconds", str(hours * 3600)]
    subprocess.run([*simulate, "--faults", "field", "--out", str(recording)], check=True)
    done = subprocess.run(
        [sys.executable, "-c", ANALYSE, str(recording)], check=True, capture_output=True, text=True
    )
    count, peak = done.stdout.split()
    assert int(count) > 8000 * hours
    return float(peak)


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.skipif(sys.platform != "linux", reason="the system tells the largest memory in /proc")
def test_three_hours_take_little_more_memory_than_one(tmp_path: Path) -> None:
    """Under 260 MB both, and less than 25 MB more for each hour more."""
    one, three = peak_mb(tmp_path, 1), peak_mb(tmp_path, 3)
    assert max(one, three) < 260.0
    assert three - one < 2 * 25.0
