"""Charts of the errors: the share of legs below each size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from levelstride.validation.figure import Figure
from levelstride.validation.svg_charts import Line, Panel, figure

COLOURS = ("#1d4ed8", "#c2410c", "#15803d", "#7e22ce", "#0e7490", "#a16207", "#be123c")
ANGLES = {
    "peak drop": "cpd_peak_rmse",
    "drop excursion": "cpd_exc_rmse",
    "tibial rotation": "tir_exc_rmse",
}
EVENTS = {
    "foot strike, |bias|": "foot_strike_bias_ms",
    "foot strike, SD": "foot_strike_sd_ms",
    "toe-off, |bias|": "toe_off_bias_ms",
    "toe-off, SD": "toe_off_sd_ms",
}
TRUTH_OF = {"simulated-run": "bone", "simulated-walk": "bone", "real-running-motion": "sensor"}


def charts(figures: Iterable[Figure]) -> dict[str, str]:
    """SVG text by name; suites without figures have none."""
    found = list(figures)
    drawn: dict[str, str] = {}
    for suite, truth in TRUTH_OF.items():
        angles = {k: f"{v}_{truth}_deg" for k, v in ANGLES.items()}
        mine = [f for f in found if f.suite == suite]
        _draw(drawn, f"{suite}-angles", mine, angles, "RMSE of a leg, degrees", 3)
        _draw(drawn, f"{suite}-events", mine, EVENTS, "ms", 2)
    for kind in dict.fromkeys(f.case.split(": ")[0] for f in found if f.suite == "methods"):
        mine = [f for f in found if f.suite == "methods" and f.case.startswith(f"{kind}: ")]
        name = "methods-" + "".join(c if c.isalnum() else "-" for c in kind).strip("-")
        _draw(drawn, name, mine, EVENTS, "ms", 2)
    return drawn


def _draw(
    drawn: dict[str, str],
    name: str,
    figures: Sequence[Figure],
    quantities: Mapping[str, str],
    unit: str,
    columns: int,
) -> None:
    cases = list(dict.fromkeys(f.case for f in figures if f.quantity in quantities.values()))
    panels, shown = [], []
    for title, quantity in quantities.items():
        panel = Panel(title, unit, "share of legs below")
        for case, colour in zip(cases, COLOURS, strict=False):
            sizes = np.sort(
                [abs(f.value) for f in figures if f.case == case and f.quantity == quantity]
            )
            if len(sizes):
                shares = np.arange(1, len(sizes) + 1) / len(sizes)
                steps_x = np.repeat(np.concatenate([[0.0], sizes]), 2)[1:]
                steps_y = np.repeat(np.concatenate([[0.0], shares]), 2)[:-1]
                panel.lines.append(Line(steps_x.tolist(), steps_y.tolist(), colour))
                shown.append(case)
        if panel.lines and max(max(line.x) for line in panel.lines) > 0.0:
            panels.append(panel)
    if panels:
        legend = [(c, case.rpartition(": ")[2]) for case, c in zip(cases, COLOURS, strict=False) if case in shown]  # fmt: skip
        drawn[name] = figure(panels, legend, columns)
