"""A FIT activity for training diaries: running dynamics, pelvic drop and tibial rotation."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import levelstride as ls

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")
folder.mkdir(parents=True, exist_ok=True)

session = ls.analyze(ls.simulate(folder / "watch.mcap", seconds=45, seed=6))
(activity,) = ls.export(
    session,
    folder / "run.fit",
    started_utc=datetime(2026, 5, 4, 5, 30, tzinfo=UTC),  # a simulated run has no date of its own
    force=True,
)
content = activity.read_bytes()
print(f"{activity.name}: {len(content)} bytes, one record a second")
assert content[8:12] == b".FIT"
