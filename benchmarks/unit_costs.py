"""What an hour of a run costs: bytes of its files and rows, processor time of its analysis.

Run: ``uv run python benchmarks/unit_costs.py --out docs/unit_costs.json``, with ``--postgres URL`` of a
library that ``store_queries.py`` has filled, for the bytes of its rows. Everything is measured on a
simulated session and scaled to an hour.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, text

from firmware_sim import SimulatedSession
from levelstride.simulated_recording import write_recording
from pipeline.analyse_file import analyse_recording
from pipeline.signal_file import open_signal_file
from pipeline.store import Store, StorePlace
from sensors.session_info import SessionInfo

HOUR_S = 3600.0
TABLES = ("sessions", "session_search", "session_files", "side_summaries")


def measure(seconds: float, seed: int) -> dict[str, float]:
    """Costs per hour, in bytes and seconds of one processor."""
    scale = HOUR_S / seconds
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "run.mcap"
        write_recording(SimulatedSession(seconds, seed, faults="field"), path, SessionInfo())
        began = time.process_time()
        session = analyse_recording(path)
        analysed = time.process_time() - began
        with Store.open(Path(scratch) / "library") as store:
            began = time.process_time()
            session_id = store.add_session(session, path)
            stored = time.process_time() - began
            signals = open_signal_file(path, store.signal_folder(session_id))
            del signals
            sizes = {
                kind: sum(f.size for f in store.parts.files.place.find(f"{kind}/"))
                for kind in ("recordings", "strides", "curves")
            }
            drawn = sum(p.stat().st_size for p in store.signal_folder(session_id).iterdir())
        return {
            "recording_bytes": sizes["recordings"] * scale,
            "stride_table_bytes": sizes["strides"] * scale,
            "curves_bytes": float(sizes["curves"]),  # the same for every length
            "signals_bytes": drawn * scale,
            "strides": len(session.strides) * scale,
            "samples": sum(
                facts["samples"]  # type: ignore[index]
                for key, facts in session.quality.items()
                if key in ("pelvis", "shank_left", "shank_right")
            )
            * scale,
            "analysis_cpu_s": analysed * scale,
            "storing_cpu_s": stored,
        }


def row_bytes(url: str) -> float:
    """Bytes of PostgreSQL per session, with indexes."""
    engine = create_engine(StorePlace.named(url, "/tmp").catalogue_url)
    with engine.connect() as connection:
        sizes = [
            connection.execute(text(f"SELECT pg_total_relation_size('{name}')")).scalar_one()
            for name in TABLES
        ]
        sessions = connection.execute(text("SELECT count(*) FROM sessions")).scalar_one()
    engine.dispose()
    return float(sum(sizes)) / float(sessions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--postgres", metavar="URL")
    parser.add_argument("--row-bytes", type=float, help="In place of --postgres.")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    costs: dict[str, object] = {
        "measured": {
            "seconds": given.seconds,
            "processor": platform.machine(),
            "processors": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
        },
        "per_hour": {
            key: round(value, 3) for key, value in measure(given.seconds, given.seed).items()
        },
    }
    if given.postgres:
        costs["row_bytes_per_session"] = round(row_bytes(given.postgres))
    elif given.row_bytes:
        costs["row_bytes_per_session"] = given.row_bytes
    words = json.dumps(costs, indent=1)
    print(words)
    if given.out is not None:
        given.out.write_text(words + "\n", "utf-8")


if __name__ == "__main__":
    main()
