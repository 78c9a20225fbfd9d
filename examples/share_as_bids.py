"""A Motion-BIDS data set with two people, and back: the strides are the same."""

import sys
from pathlib import Path

import pandas as pd

import levelstride as ls

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")
folder.mkdir(parents=True, exist_ok=True)

data_set = folder / "data_set"
for number, seed in enumerate((8, 9), start=1):
    run = ls.simulate(folder / f"person{number}.mcap", seconds=45, seed=seed, faults="field")
    files = ls.export(run, data_set, format="motion-bids", subject=f"{number:02d}", force=True)

again = ls.analyze(files)  # the motion.tsv files of the second person
before = ls.analyze(run)
pd.testing.assert_frame_equal(again.table, before.table, rtol=0, atol=1e-6)
print(f"{len(again.strides)} strides, the same within 1e-6 as from the recording")
print((data_set / "participants.tsv").read_text())
