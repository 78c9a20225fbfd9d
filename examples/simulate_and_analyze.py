"""A virtual runner, the stride table, and how far it is from the truth."""

import sys
from pathlib import Path

import pandas as pd

import levelstride as ls

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")
folder.mkdir(parents=True, exist_ok=True)

run = ls.simulate(folder / "run.mcap", seconds=60, speed_m_s=3.2, seed=1, faults="field")
session = ls.analyze(run)
table = session.table  # one row per stride and side

print(table.groupby("side")[["cadence_spm", "cpd_exc_deg", "tir_exc_deg"]].median().round(1))

# the simulator knows the truth of every stride: join on the nearest foot strike
pairs = pd.merge_asof(
    table[table.valid].sort_values("foot_strike_s"),
    run.truth.sort_values("foot_strike_s"),
    on="foot_strike_s",
    by="side",
    direction="nearest",
    tolerance=0.1,
    suffixes=("", "_true"),
)
error_deg = (pairs.cpd_exc_deg - pairs.cpd_exc_deg_true).dropna()
print(
    f"pelvic drop excursion: {len(error_deg)} strides, mean error {error_deg.mean():+.2f} degrees"
)
assert len(error_deg) > 50
assert abs(error_deg.mean()) < 3.0
