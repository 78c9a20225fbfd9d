"""Writes the measured part of docs/validation.md, and its charts, from runs of ``validate``.

Run from the root of the project, with the folders that ``levelstride validate --full --out FOLDER``
wrote: ``uv run python docs/generate_validation.py FOLDER …``. What stands outside the two marks in
the page is kept by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from levelstride.validation.charts import charts
from levelstride.validation.figure import Figure, Summary, summarise
from levelstride.validation.real_walking import CLUSTER_CASES
from levelstride.validation.report import read_figures
from levelstride.validation.targets import outcomes

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "validation.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SHOWN_CHARTS = (
    "simulated-run-angles",
    "simulated-walk-angles",
    "simulated-run-events",
    "methods-real-running-motion",
    "methods-real-walking--treadmill",
)
COMMANDS = """\
<!-- Between the marks: written by docs/generate_validation.py; change it there. -->

Measured with `levelstride validate --full --out FOLDER` and with `--suite real-running-motion
--suite real-walking --suite methods --suite sacrum-only --data DATA`; written here by `uv run python
docs/generate_validation.py FOLDER …`. Cells are median leg / worst leg; the sign of a bias is
measured minus reference.
"""
PLAIN = tuple(f"{s}_{w}" for s in ("cpd", "tir") for w in ("probability_error", "confident_wrong"))
"""One figure for all legs."""
METHOD_NOTES = """\
How to read it:

- The comparison favours the rules used here on the real trials: they were chosen with the three
  running trials and the treadmill trials in view. What the other rules leave open was chosen on two
  simulated people (seeds 8500 and 8501) from a few values each.
- A bias that is the same on every leg can be taken off; the spread, and how far legs differ, cannot.
- Impacts of simulated people and of the virtual sensors begin at the true foot strike, so rules on
  the acceleration look better there than on people. Only the treadmill's acceleration is real.
- Mizrahi and Mercer described running, Aminian walking; outside that a rule is shown, not judged.
- All rules on the shank are given the strides by one finder and the axes of the body. Written anew
  from short descriptions, they may differ from the originals. Purcell, Fadillioglu and Reenalda are
  left out: their rules could not be had in full.
- The sacrum's rule knows no sides; its extra events are not counted. Misses are events without a
  found one within 150 ms.
"""

PATTERN_NOTES = """\
Probabilities that a simulated leg lies above a limit, for a row of limits, against where it truly
lies: mean difference of said and true share over five steps, and share of cases that are called
(above 0.8, below 0.2) and wrong. The reference counts as exact here."""
CLUSTER_NOTES = """\
Angles against the sensor's own marker cluster (rows at 24 to 47 Hz; a leg is one of a trial, with
one to six strides), beside the plain integral of one gyroscope axis. The integral is given the
reference's events and the axes of the markers. The results here do without either; in the last
column they are given the events too, which tells errors of event times from all others.
"""


def measured(figures: Sequence[Figure]) -> str:
    """The measured part of the page as Markdown."""
    summaries = summarise(figures)
    parts = [COMMANDS, _targets(summaries)]
    for suite, truth in (("simulated-run", "bone"), ("simulated-walk", "bone")):
        parts.append(_people(suite, truth, [s for s in summaries if s.suite == suite]))
    parts.append(_few(summaries))
    parts.append(_real(summaries))
    parts.append(_methods([s for s in summaries if s.suite == "methods"]))
    return "\n".join(parts)


def _targets(summaries: Sequence[Summary]) -> str:
    lines = [
        "## Targets",
        "",
        "The worst leg decides. A share of intervals holds between 93 and 97 %.",
        "",
        "| | what is bound | verdict | figures |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {each.target} | {each.words} | {each.verdict} | {each.detail} |"
        for each in outcomes(summaries)
    ]
    return "\n".join(lines) + "\n"


def _cell(summary: Summary | None) -> str:
    if summary is None:
        return ""
    if summary.kind == "total":
        return f"{summary.worst:.0f}"
    if summary.kind == "share":
        return f"{summary.worst:.1%}"
    if summary.quantity in PLAIN:
        return f"{summary.worst:.3f}"
    digits = 1 if summary.quantity.endswith("_ms") else 2
    return f"{summary.median:.{digits}f} / {summary.worst:.{digits}f}"


def _table(summaries: Sequence[Summary], cases: Sequence[str], quantities: Sequence[str]) -> str:
    found = {(s.case, s.quantity): s for s in summaries}
    lines = ["| | " + " | ".join(cases) + " |", "|---" * (len(cases) + 1) + "|"]
    for quantity in quantities:
        cells = [_cell(found.get((case, quantity))) for case in cases]
        if any(cells):
            lines.append(f"| `{quantity}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _people(suite: str, truth: str, summaries: Sequence[Summary]) -> str:
    legs = max((s.legs for s in summaries if s.kind == "spread"), default=0)
    more = max((s.legs for s in summaries if s.kind == "share"), default=0)
    shorts = ("cpd_peak", "cpd_exc", "tir_exc")
    quantities = [f"{s}_rmse_{t}_deg" for t in (truth, "sensor") for s in shorts]
    quantities += [f"{e}_{w}_ms" for e in ("foot_strike", "toe_off") for w in ("bias", "sd")]
    quantities += [f"{w}_count" for w in ("strides", "missed", "flagged", "extra")]
    quantities += [f"{s}_{w}_covered" for s in shorts for w in ("strides", "sessions")]
    text = f"## Measured: {suite}\n\nSeeds from 9000 on, {legs} legs; intervals of {more} legs. With `none` the intervals are the sensor's part.\n\n"
    return text + _table(summaries, ("none", "field", "harsh"), quantities) + _charts(suite)


def _charts(prefix: str) -> str:
    names = [name for name in SHOWN_CHARTS if name.startswith(prefix)]
    return "".join(
        f"\n```{{image}} figures/validation-{name}.svg\n:alt: {name}: share of legs below an error\n```\n"
        for name in names
    )


def _few(summaries: Sequence[Summary]) -> str:
    """The pelvis alone, tasks on one leg, movement patterns."""
    sacrum, tasks, patterns = (
        [s for s in summaries if s.suite == name] for name in ("sacrum-only", "tasks", "patterns")
    )
    events = [f"{e}_{w}_ms" for e in ("foot_strike", "toe_off") for w in ("bias", "sd")]
    counts = [f"{w}_count" for w in ("strides", "missed", "flagged", "extra", "wrong_foot")]
    drop = [f"cpd_{s}_rmse_bone_deg" for s in ("peak", "exc")]
    tables = [
        ("sacrum-only", "The pelvis sensor alone, faults `field`; what is missed includes runners whose\nfeet are not told apart. Real walking is at 100 Hz, known to ±20 ms.", sacrum,
         ("run", "walk", "treadmill walking, real"), [*events, "contact_time_rmse_ms", *counts, *drop]),
        ("tasks", "Single-leg squats and step-downs of simulated people, eight repetitions each.", tasks,
         ("field",), list(dict.fromkeys(s.quantity for s in tasks))),
        ("patterns", PATTERN_NOTES, patterns, ("field",), list(dict.fromkeys(s.quantity for s in patterns))),
    ]  # fmt: skip
    return "\n".join(
        f"## Measured: {name}\n\n{words}\n\n{_table(rows, cases, keys)}"
        for name, words, rows, cases, keys in tables
        if rows
    )


def _real(summaries: Sequence[Summary]) -> str:
    runs = [s for s in summaries if s.suite == "real-running-motion"]
    walks = [s for s in summaries if s.suite == "real-walking"]
    events = [f"{e}_{w}_ms" for e in ("foot_strike", "toe_off") for w in ("bias", "sd")]
    counts = [f"{w}_count" for w in ("strides", "missed", "extra")]
    angles = [f"{s}_rmse_sensor_deg" for s in ("cpd_peak", "cpd_exc", "tir_exc")]
    covered = [f"{s}_strides_covered" for s in ("cpd_peak", "cpd_exc", "tir_exc")]
    clusters = [
        f"{s}_{w}_cluster_deg" for s in ("cpd_exc", "tir_exc") for w in ("rmse", "mean_error")
    ]
    return "\n".join(
        [
            "## Measured: real-running-motion\n",
            _table(runs, ("clean", "field"), [*angles, *events, *counts, *covered]),
            "## Measured: real-walking\n\nEvents against force. Single trials stand in `figures.csv`.\n",
            _table(
                walks,
                ("treadmill", "treadmill, stiff knee", "force plates"),
                [*events, *counts, "tir_exc_rmse_skin_deg", "tir_exc_mean_error_skin_deg"],
            ),
            CLUSTER_NOTES,
            _table(walks, tuple(CLUSTER_CASES), clusters),
        ]
    )


def _methods(summaries: Sequence[Summary]) -> str:
    events = [s for s in summaries if not s.case.startswith("gravity")]
    gravity = [s for s in summaries if s.case.startswith("gravity")]
    lines = ["## Measured: methods compared", "", "### Events", ""]
    found = {(s.case, s.quantity): s for s in events}
    for kind in dict.fromkeys(s.case.split(": ")[0] for s in events):
        lines += [
            f"{kind}, ms:\n",
            "| method | foot strike bias | SD | missed of | extra | toe-off bias | SD | missed of |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for case in dict.fromkeys(s.case for s in events if s.case.startswith(f"{kind}: ")):
            cells = [case.split(": ", 1)[1]]
            for event in ("foot_strike", "toe_off"):
                cells += [_cell(found.get((case, f"{event}_{w}_ms"))) for w in ("bias", "sd")]
                count = [
                    _cell(found.get((case, f"{event}_{w}"))) for w in ("missed_count", "count")
                ]
                cells.append(f"{count[0]} of {count[1]}" if count[0] else "")
                if event == "foot_strike":
                    cells.append(_cell(found.get((case, "foot_strike_extra_count"))))
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    lines += [METHOD_NOTES, _charts("methods").strip(), "", "### Direction of gravity", ""]
    lines += [
        "RMS angle to the true vertical in degrees; lost samples on straight lines for all. The",
        "complementary filter has a fixed gain and no check of the size of the force.\n",
        "| trial, sensor | method | error |",
        "|---|---|---|",
    ]
    for each in gravity:
        kind, method = each.case.removeprefix("gravity, ").split(": ")
        lines.append(f"| {kind} | {method} | {_cell(each)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    figures = [f for folder in sys.argv[1:] for f in read_figures(Path(folder) / "figures.csv")]
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{measured(figures)}\n{END}{after}", encoding="utf-8")
    drawn = charts(figures)
    for name in SHOWN_CHARTS:
        (ROOT / "docs" / "figures" / f"validation-{name}.svg").write_text(drawn[name], "utf-8")


if __name__ == "__main__":
    main()
