"""A new session against a baseline of several."""

import sys
from pathlib import Path

import levelstride as ls

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")
folder.mkdir(parents=True, exist_ok=True)

# four virtual people stand for four sessions of one: their differences are larger than a runner's
sessions = [
    ls.analyze(ls.simulate(folder / f"week{week}.mcap", seconds=45, seed=20 + week))
    for week in range(4)
]
found = ls.compare(sessions[:3], sessions[3], metrics=["cpd_exc_deg", "tir_exc_deg"])
print(found[["metric", "side", "first", "second", "low", "high", "beyond_error"]].round(1))
for sentence in found.sentence:
    print(sentence)
assert len(found) == 4
