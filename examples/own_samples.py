"""Samples of any source as a data frame; what happens with a wrong unit."""

import sys
from pathlib import Path

import pandas as pd

import levelstride as ls

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")
folder.mkdir(parents=True, exist_ok=True)

# stands for what your own reader gives: time, placement, three and three axes
samples = ls.read(ls.simulate(folder / "own.mcap", seconds=45, seed=2))
mine = pd.DataFrame(
    {
        "time_s": samples.time_s,
        "placement": samples.placement.astype(str),
        **{f"acc_{axis}": samples[f"acc_{axis}"] / 9.80665 for axis in "xyz"},  # in g
        **{f"gyr_{axis}": samples[f"gyr_{axis}"] for axis in "xyz"},
    }
)

refused = ""
try:
    ls.analyze(mine)
except ls.LevelstrideError as error:
    refused = str(error)
print("refused:", refused)
assert "9.80665" in refused

mine[["acc_x", "acc_y", "acc_z"]] *= 9.80665
session = ls.analyze(mine)
print(f"{len(session.valid_strides())} valid strides in {session.duration_s:.0f} s")
assert len(session.valid_strides()) > 20
