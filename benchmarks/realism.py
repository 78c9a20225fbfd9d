"""Simulated people beside real recordings: figures for docs/realism.md and the numbers in it.

Run ``python benchmarks/realism.py DATA`` with the folder of the real data sets; figures go to
``docs/figures``, numbers to the screen.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import realism_statistics as rs
from levelstride.validation.svg_charts import REAL, SIMULATED, Line, Panel, figure

FIGURES = Path(__file__).resolve().parent.parent / "docs" / "figures"
LEGEND = [(REAL, "real people"), (SIMULATED, "simulated people (band: range)")]


def spectra(data: Path) -> None:
    real, made = list(rs.real_walking(data)), list(rs.simulated("walk", 1.15, rs.WALK_SEEDS, 128.0))
    panels = []
    print("RMS in bands", rs.BANDS_HZ, "Hz: real median [range] | simulated median [range]")
    for segment in ("pelvis", "shank"):
        for quantity, unit in (("gyr", "rad/s"), ("acc", "m/s²")):
            panel = Panel(f"walking, {segment}, {quantity}", "Hz", f"{unit} / √Hz", log_y=True)
            for group, colour in ((real, REAL), (made, SIMULATED)):
                mine = [r for r in group if r.segment == segment]
                curves = []
                grid = np.arange(0.5, 45.0, 0.25)
                for r in mine:
                    f, a = rs.spectrum(getattr(r, quantity), r.rate_hz)
                    curves.append(np.interp(grid, f, a))
                low, high = np.min(curves, axis=0), np.max(curves, axis=0)
                panel.lines.append(Line(grid, low, colour, y_high=high))
                panel.lines.append(Line(grid, np.median(curves, axis=0), colour))
            panels.append(panel)
            bands = [
                np.array(
                    [
                        rs.band_rms(getattr(r, quantity), r.rate_hz)
                        for r in g
                        if r.segment == segment
                    ]
                )
                for g in (real, made)
            ]
            for i, band in enumerate(rs.BANDS_HZ):
                a, b = (x[np.isfinite(x[:, i]), i] for x in bands)
                if len(a):
                    print(
                        f"  walk {segment} {quantity} {band}: {np.median(a):.3g} [{a.min():.3g} {a.max():.3g}]"
                        f" | {np.median(b):.3g} [{b.min():.3g} {b.max():.3g}] ratio {np.median(b) / np.median(a):.2f}"
                    )
    (FIGURES / "realism-spectra.svg").write_text(figure(panels, LEGEND, 2), "utf-8")


def shocks(data: Path) -> None:
    real = [r for r in rs.real_walking(data) if r.segment == "shank"]
    made = [r for r in rs.simulated("walk", 1.15, rs.WALK_SEEDS, 128.0) if r.segment == "shank"]
    run = [r for r in rs.simulated("run", 3.2, rs.RUN_SEEDS, 800.0) if r.segment == "shank"]
    shape = Panel("walking: |acc| of the shank about its peak", "ms from the peak", "g")
    spread = Panel("walking: peak |acc| per stride", "g", "share below")
    for group, colour in ((real, REAL), (made, SIMULATED)):
        for r in group:
            t, a = rs.shock_shape(r)
            shape.lines.append(Line(1000 * t, a, colour))
        peaks = np.sort(np.concatenate([rs.peaks_per_stride(r) for r in group]))
        q = np.linspace(0.01, 0.99, 80)
        spread.lines.append(Line(np.quantile(peaks, q), q, colour))
        name = "real" if colour == REAL else "simulated"
        print(
            f"walking peak |acc| {name}: quartiles {np.quantile(peaks, [0.05, 0.25, 0.5, 0.75, 0.95]).round(2)} g"
        )
    ran = Panel("running: peak |acc| per stride", "g", "share below")
    peaks = np.concatenate([rs.peaks_per_stride(r, 0.72) for r in run])
    q = np.linspace(0.01, 0.99, 80)
    ran.lines.append(Line(np.quantile(peaks, q), q, SIMULATED))
    print(
        f"running peak |acc| simulated: {np.quantile(peaks, [0.05, 0.25, 0.5, 0.75, 0.95]).round(2)} g"
    )
    (FIGURES / "realism-shocks.svg").write_text(figure([shape, spread, ran], LEGEND), "utf-8")


def strides(data: Path) -> None:
    real = rs.real_stride_times(data)
    made = {
        "walk": rs.simulated_stride_times("walk", 1.15, rs.WALK_SEEDS, 150.0),
        "run": rs.simulated_stride_times("run", 3.2, rs.RUN_SEEDS, 150.0),
    }
    panels = []
    for gait, stride_count in (("walk", 40), ("run", 12)):
        panel = Panel(f"{gait}ing: variation of stride time", "per cent", "share below")
        for series, colour in ((real[gait], REAL), (made[gait], SIMULATED)):
            parts = series if gait == "walk" else [x[:stride_count] for x in series]
            cv = np.sort([rs.variation(x) for x in parts if len(x) >= 10])
            panel.lines.append(Line(cv, np.linspace(0, 1, len(cv)), colour))
            name = "real" if colour == REAL else "simulated"
            print(
                f"stride time CV {gait} {name}: median {np.median(cv):.2f} range {cv.min():.2f}-{cv.max():.2f} %, {len(cv)} series"
            )
            long = [x for x in series if len(x) >= 80]
            if long:
                alpha = [rs.fluctuation_exponent(x) for x in long]
                print(
                    f"  DFA {gait} {name}: {np.mean(alpha):.2f} ± {np.std(alpha):.2f}, {len(alpha)} series of {min(map(len, long))}+"
                )
        panels.append(panel)
    (FIGURES / "realism-strides.svg").write_text(figure(panels, LEGEND, 2), "utf-8")


def waves(data: Path) -> None:
    for trial, gait, speed, seeds in (
        ("P01_run", "run", 3.47, rs.RUN_SEEDS),
        ("P01_walk", "walk", 1.29, rs.WALK_SEEDS),
    ):
        real, made = rs.real_waves(data, trial), rs.simulated_waves(gait, speed, seeds)
        panels = []
        for w in rs.WAVES:
            unit = "rad/s" if "gyr" in w else "m/s²"
            mean = made[w].mean(axis=0)
            panels.append(
                Panel(
                    w.replace("_", " "),
                    "% of stride",
                    unit,
                    [
                        Line(
                            100 * rs.PHASE,
                            made[w].min(axis=0),
                            SIMULATED,
                            y_high=made[w].max(axis=0),
                        ),
                        Line(100 * rs.PHASE, mean, SIMULATED),
                        Line(100 * rs.PHASE, real[w], REAL),
                    ],
                )
            )
            r = np.corrcoef(real[w], mean)[0, 1]
            ratio = mean.std() / real[w].std()
            print(f"{trial} {w}: r {r:.2f}, SD simulated / real {ratio:.2f}")
        (FIGURES / f"realism-waves-{gait}.svg").write_text(figure(panels, LEGEND), "utf-8")
    phase, step = rs.sacral_running(data)
    made_steps = rs.simulated_sacral_running(rs.RUN_SEEDS, 3.2)
    panel = Panel(
        "running: vertical acceleration of the sacrum", "% of step", "g",
        [
            Line(100 * phase, made_steps.min(axis=0), SIMULATED, y_high=made_steps.max(axis=0)),
            Line(100 * phase, made_steps.mean(axis=0), SIMULATED),
            Line(100 * phase, step, REAL),
        ],
    )  # fmt: skip
    print(f"sacrum run: real peak {step.max():.2f} g at {100 * phase[step.argmax()]:.0f} %, simulated mean "
          f"{made_steps.mean(axis=0).max():.2f} g at {100 * phase[made_steps.mean(axis=0).argmax()]:.0f} %, "
          f"r {np.corrcoef(step, made_steps.mean(axis=0))[0, 1]:.2f}")  # fmt: skip
    (FIGURES / "realism-sacrum-run.svg").write_text(
        figure([panel], [*LEGEND[:1], (SIMULATED, "simulated")], 1), "utf-8"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the real data sets")
    data = parser.parse_args().data
    FIGURES.mkdir(exist_ok=True)
    for part in (spectra, shocks, strides, waves):
        part(data)


if __name__ == "__main__":
    main()
