"""Two conditions within one run, in blocks that take turns."""

import sys
from pathlib import Path

import pandas as pd

import levelstride as ls

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")
folder.mkdir(parents=True, exist_ok=True)

session = ls.analyze(ls.simulate(folder / "insoles.mcap", seconds=110, seed=3))

# a recording with markers of the kind "condition" tells the blocks itself
blocks = pd.DataFrame(
    {
        "condition": ["old", "new", "old", "new"],
        "start_s": [30, 50, 70, 90],
        "end_s": [50, 70, 90, 110],
    }
)
found = ls.compare(session, conditions=("old", "new"), blocks=blocks, metrics=["cpd_exc_deg"])
for sentence in found.sentence:
    print(sentence)
assert set(found.side) == {"left", "right"}
assert (found.low < found.high).all()
