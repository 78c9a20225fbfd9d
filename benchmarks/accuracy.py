"""Errors against simulated truth over many drawn runners: the table of docs/validation.md.

Run: ``uv run python benchmarks/accuracy.py [--seeds 20] [--faults none] [--gait run]``. Truth is
the bone's. With ``none`` there is no soft tissue, and its part is taken off the intervals before
it is counted how often they hold.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from unittest.mock import patch

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from levelstride.validation.leg_errors import tissue_scale_of
from pipeline.analyse_file import analyse_recording
from pipeline.live_shake import LiveShake
from pipeline.stride import SIDES, Stride
from pipeline.uncertainty import median_error, sensor_part_deg
from tests.pipeline.stride_errors import stated, stride_errors
from tests.simulated import simulated

COLUMNS = ("cpd_peak_deg", "cpd_exc_deg", "tir_exc_deg")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--faults", choices=("none", "field", "harsh"), default="none")
    parser.add_argument("--mode", choices=("offline", "online"), action="append")
    parser.add_argument("--gait", choices=("run", "walk"), default="run")
    a = parser.parse_args()
    for mode in a.mode or ("offline", "online"):
        if mode == "online" and a.faults == "none":
            # live it differs from stride to stride, and no stride says how large it was
            patch.object(LiveShake, "scales", lambda _, strides, __: [0.0] * len(strides)).start()
        figures: dict[str, list[tuple[float, str]]] = defaultdict(list)
        missed = extra = true = 0
        inside: dict[str, list[bool]] = defaultdict(list)
        legs_inside: dict[str, list[bool]] = defaultdict(list)
        for seed in range(a.first_seed, a.first_seed + a.seeds):
            session = simulated(a.seconds, seed, gait=a.gait, faults=a.faults)
            analysis = analyse_recording(session.path, mode=mode)
            strides, scale = analysis.strides, tissue_scale_of(analysis.quality)

            def sensor(stride: Stride, column: str, scale: float = scale) -> float:
                return sensor_part_deg(stride, column, scale)

            size_of = sensor if (a.faults, mode) == ("none", "offline") else stated
            for side in SIDES:
                errors = stride_errors(
                    strides, session.truth, side, COLUMNS, gait=a.gait, size_of=size_of
                )
                leg = f"seed {seed} {side}"
                missed, extra = missed + errors.missed, extra + errors.extra
                true += len(errors.values["foot_strike_s"]) + errors.missed
                for column in COLUMNS:
                    figures[f"{column} RMSE"].append((errors.rmse(column), leg))
                    sizes, off = errors.sizes[column], errors.values[column]
                    inside[column] += list(np.abs(off) < 1.96 * sizes)
                    legs_inside[column].append(
                        bool(abs(np.median(off)) < 1.96 * median_error(column, sizes))
                    )
                for event in ("foot_strike_s", "toe_off_s"):
                    figures[f"{event} bias, ms"].append((errors.bias(event) * 1e3, leg))
                    figures[f"{event} SD, ms"].append((errors.sd(event) * 1e3, leg))
        print(f"\n{mode}, {a.gait}, faults {a.faults}: {a.seeds} runners, {true} true strides,")
        print(f"missed {missed}, extra {extra}\n\n| | median leg | worst leg |\n|---|---|---|")
        for name, values in figures.items():
            worst = max(values, key=lambda each: abs(each[0]))
            middle = np.median([value for value, _ in values])
            print(f"| {name} | {middle:.2f} | {worst[0]:.2f} ({worst[1]}) |")
        for column in COLUMNS:
            print(
                f"95 % intervals of {column} hold in {np.mean(inside[column]):.1%} of strides "
                f"and {np.mean(legs_inside[column]):.1%} of {len(legs_inside[column])} legs"
            )


if __name__ == "__main__":
    main()
