"""The simulator shares no code with what it tests, and its fast path needs no radio."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import firmware_sim

ROOT = Path(firmware_sim.__file__).parent


def test_no_module_imports_another_room() -> None:
    rooms = {"levelstride", "sensors", "pipeline", "dashboard"}
    files = list(ROOT.rglob("*.py"))
    assert len(files) > 20
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not rooms & {n.split(".")[0] for n in names}, file


def test_exported_names() -> None:
    assert firmware_sim.__all__ == [
        "AirPacket",
        "FirmwareError",
        "SimulatedSession",
        "SimulationError",
        "VirtualSensors",
        "air_packets",
    ]
    assert all(hasattr(firmware_sim, name) for name in firmware_sim.__all__)


def test_the_fast_path_does_not_load_the_bluetooth_stack() -> None:
    code = (
        "import sys; from firmware_sim import SimulatedSession, air_packets;"
        "next(air_packets(SimulatedSession(20))); print('bumble' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )
    assert done.stdout.strip() == "False"
