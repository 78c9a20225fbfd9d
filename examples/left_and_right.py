"""The difference of the legs, with an interval."""

import sys
from pathlib import Path

import levelstride as ls
from pipeline.statistics.asymmetry import asymmetry

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")
folder.mkdir(parents=True, exist_ok=True)

session = ls.analyze(ls.simulate(folder / "legs.mcap", seconds=60, seed=7))
for metric in ("cpd_exc_deg", "tir_exc_deg"):
    legs = asymmetry(session.table, metric)
    assert legs is not None
    between = legs.difference
    word = "differ" if between.excludes_zero else "cannot be told apart"
    print(
        f"{metric}: left minus right {between.value:+.1f} degrees "
        f"(95 % interval {between.low:+.1f} to {between.high:+.1f}): the legs {word}"
    )
    assert between.low < between.value < between.high
