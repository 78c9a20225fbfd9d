"""Writes the measured part of docs/validation.md, its charts and docs/validation-trials.md from ``validate``.

Run from the root of the project, with the folders that ``levelstride validate --full --out FOLDER``
wrote: ``uv run python docs/generate_validation.py FOLDER …``. What stands outside the two marks in
the page is kept by hand. Why a target is not held stands in ``validation_reasons.json``; a reason for one
that is held or not measured, and one that is not held without a reason, stop the writing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from levelstride.validation.charts import charts
from levelstride.validation.figure import Figure, Summary, summarise
from levelstride.validation.real_walking import CLUSTER_CASES
from levelstride.validation.report import read_figures
from levelstride.validation.targets import Outcome, outcomes

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "validation.md"
TRIALS = ROOT / "docs" / "validation-trials.md"
REASONS = ROOT / "docs" / "validation_reasons.json"
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

Measured with `levelstride validate --full --out FOLDER` and with `--full --suite real-running-motion
--suite real-walking --suite methods --suite sacrum-only --data DATA --out FOLDER`; written here by
`uv run python docs/generate_validation.py FOLDER …`. Cells are median leg / worst leg; the sign of a
bias is measured minus reference.
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
WAVEFORM_NOTES = """\
Drop over stance on laps of a track at 3.2 m/s (bends of 36.8 m), faults `field`, sensors that warm by 14 to
15 K, against what the pelvis sensor's frame did at the same moments: six people for 11 minutes, one for
90. *Drift* is the mean of the last ten minutes on straights less that of the first ten. In bends the lean of gravity
is taken off at the speed found ([decision 34](decisions/0034-bends-against-the-vertical.md)); without that the
median was 1.60, the worst leg 1.77. On straights the path wanders as on a road; what that does to gravity is taken off
as far as turning comes with a pull ([decision 35](decisions/0035-slight-curves-by-their-pull.md)); without that the median was 0.18,
the worst leg 0.27."""
COUNT_NOTES = """\
Faults `field`: 84 runners and 130 walkers for 75 s without loss; 24 people who walk, run, turn, climb and stop,
with 1 % loss in bursts and silences of 1 to 6 s; 8 people in bouts of fewer than twenty steps. *In
gaps* are strides with more than 0.25 s of their own shank missing in them or next to their foot strikes, which
nobody can measure. *Gaps* are those of
more than 1 s, of either shank or the pelvis."""
AGAIN_NOTES = """\
The same person and the same sensors, put on four times: within ±10 degrees, 2 cm at the pelvis and 3.5 cm
along the shank, with straps that creep. *At once* nothing else changes. On *another day* strides, crooked
squats, noise and how skin moves are drawn anew; on people, skin would stay in part, so that this is the hard
end. *Blocks*: two conditions that do not differ, ABAB, three minutes each. MDC95 is 1.96 times the root of 2
times the SD within a leg; for blocks 1.96 times the SD of the difference."""
FAULT_NOTES = """\
Sixteen people with everyday faults and with one fault more. Clipping: impacts 2.5 times as hard at ±16 g, slow
recovery; walkers do not reach the limit with it. Skin is most of the error against the bone and hides what a fault
does; the rows against the sensor show it. *Times*: error with the fault over error without, all legs together and worst leg (the larger
stands last). *Touched* strides hold clipped or missing samples; *silent* ones of them are valid and carry
no flag."""
CLUSTER_NOTES = """\
Angles against the sensor's own marker cluster (rows at 24 to 47 Hz; a leg is one of a trial, with
one to six strides), beside the plain integral of one gyroscope axis. The integral is given the
reference's events and the axes of the markers. The results here do without either; in the last
column they are given the events too, which tells errors of event times from all others.
"""


EVENTS = tuple(f"{e}_{w}_ms" for e in ("foot_strike", "toe_off") for w in ("bias", "sd"))
TABLES: Mapping[str, tuple[str, Sequence[str], Sequence[str]]] = {
    "sacrum-only": (
        "The pelvis sensor alone, faults `field`; what is missed includes runners whose\nfeet are not told apart. Real walking is at 100 Hz, known to ±20 ms.",
        ("run", "walk", "treadmill walking, real"),
        (*EVENTS, "contact_time_rmse_ms",
         *(f"{w}_count" for w in ("strides", "missed", "flagged", "extra", "wrong_foot")),
         *(f"cpd_{s}_rmse_bone_deg" for s in ("peak", "exc"))),
    ),
    "tasks": ("Single-leg squats and step-downs of simulated people, eight repetitions each.", (), ()),
    "patterns": (PATTERN_NOTES, (), ()),
    "waveforms": (WAVEFORM_NOTES, (), ()),
    "stride-counts": (COUNT_NOTES, (), ()),
    "put-on-again": (AGAIN_NOTES, (), ()),
    "single-faults": (FAULT_NOTES, (), ()),
}  # fmt: skip
"""Suite to what it is about, its cases and its rows; none named are all, as they come."""


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
        "| | what is bound | verdict | figures | why not |",
        "|---|---|---|---|---|",
    ]
    found = outcomes(summaries)
    known = json.loads(REASONS.read_text(encoding="utf-8"))
    before = ""
    for each, why in zip(found, reasons_of(found, known), strict=True):
        said = "as above" if why and why == before else why
        before = why
        lines.append(f"| {each.target} | {each.words} | {each.verdict} | {each.detail} | {said} |")
    return "\n".join(lines) + "\n"


def reasons_of(
    found: Sequence[Outcome], known: Sequence[Mapping[str, Sequence[str] | str]]
) -> list[str]:
    """Why each outcome is not held; empty where it is, or was not measured.

    Args:
        found: what became of every bound.
        known: each with ``target``, the ``bounds`` it is about and ``why``.

    Raises:
        SystemExit: a reason is about a bound that is held, not measured or unknown; or a bound that
            is not held has none.
    """
    why = {(one["target"], bound): one["why"] for one in known for bound in one["bounds"]}
    missed = {(each.target, each.words) for each in found if each.verdict == "not held"}
    wrong = [
        f"{target}, {words}: {what}"
        for keys, what in (
            (why.keys() - missed, "has a reason, and needs none"),
            (missed - why.keys(), "is not held, and has no reason"),
        )
        for target, words in sorted(keys)
    ]
    if wrong:
        raise SystemExit("validation_reasons.json does not fit:\n" + "\n".join(wrong))
    return [str(why.get((each.target, each.words), "")) for each in found]


def _cell(summary: Summary | None) -> str:
    if summary is None:
        return ""
    if summary.kind == "total":
        return f"{summary.worst:.0f}"
    if summary.kind == "share":
        return f"{summary.worst:.1%}"
    if summary.quantity in PLAIN:
        return f"{summary.worst:.3f}"
    if summary.legs == 1:
        return f"{summary.worst:.2f}"
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
    quantities += EVENTS
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
    """The suites with one table each."""
    parts = []
    for name, (words, cases, keys) in TABLES.items():
        rows = [s for s in summaries if s.suite == name]
        if rows:
            every = list(dict.fromkeys(s.quantity for s in rows))
            table = _table(rows, cases or _cases(rows), keys or every)
            parts.append(f"## Measured: {name}\n\n{words}\n\n{table}")
    return "\n".join(parts)


def _cases(rows: Sequence[Summary]) -> list[str]:
    return list(dict.fromkeys(s.case for s in rows))


def _real(summaries: Sequence[Summary]) -> str:
    runs = [s for s in summaries if s.suite == "real-running-motion"]
    walks = [s for s in summaries if s.suite == "real-walking"]
    counts = [f"{w}_count" for w in ("strides", "missed", "extra")]
    angles = [
        f"{s}_rmse_{of}_deg"
        for of in ("sensor", "trial")
        for s in ("cpd_peak", "cpd_exc", "tir_exc")
    ]
    covered = [f"{s}_strides_covered" for s in ("cpd_peak", "cpd_exc", "tir_exc")]
    clusters = [
        f"{s}_{w}_cluster_deg" for s in ("cpd_exc", "tir_exc") for w in ("rmse", "mean_error")
    ] + [f"{s}_waveform_rmse_deg" for s in ("obliquity", "tibia")]
    return "\n".join(
        [
            "## Measured: real-running-motion\n\n`…_trial_…` is of both legs of a trial together.\n",
            _table(runs, ("clean", "field"), [*angles, *EVENTS, *counts, *covered]),
            "## Measured: real-walking\n\nEvents against force. [Trial by trial](validation-trials.md).\n",
            _table(
                walks,
                ("treadmill", "treadmill, stiff knee", "force plates"),
                [*EVENTS, *counts, "tir_exc_rmse_skin_deg", "tir_exc_mean_error_skin_deg"],
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


TRIALS_HEAD = """\
# Validation, trial by trial

<!-- Written by docs/generate_validation.py; change it there. -->

The real trials behind [](validation.md), each leg by itself. RMSE in degrees, events as bias and SD in
milliseconds, both measured less reference.
"""
ONE_BY_ONE: Sequence[tuple[str, str, Sequence[tuple[str, str, Sequence[str]]]]] = (
    (
        "Running motion, sensors with everyday errors",
        "real-running-motion",
        (
            ("peak drop", "field", ("cpd_peak_rmse_sensor_deg", "cpd_peak_rmse_trial_deg")),
            ("drop excursion", "field", ("cpd_exc_rmse_sensor_deg", "cpd_exc_rmse_trial_deg")),
            ("tibial rotation", "field", ("tir_exc_rmse_sensor_deg", "tir_exc_rmse_trial_deg")),
            ("foot strike", "field", ("foot_strike_bias_ms", "foot_strike_sd_ms")),
            ("toe-off", "field", ("toe_off_bias_ms", "toe_off_sd_ms")),
        ),
    ),
    *(
        (
            f"Walking, {case}",
            "real-walking",
            (
                ("foot strike", case, ("foot_strike_bias_ms", "foot_strike_sd_ms")),
                ("toe-off", case, ("toe_off_bias_ms", "toe_off_sd_ms")),
            ),
        )
        for case in ("treadmill", "treadmill, stiff knee", "force plates")
    ),
    (
        "Walking, sensors on marker clusters: here, plain integration, and here with the reference's events",
        "real-walking",
        (
            *(
                (f"{name}, {word}", case, (f"{key}_rmse_cluster_deg",))
                for name, key in (("drop excursion", "cpd_exc"), ("tibial rotation", "tir_exc"))
                for word, case in zip(("here", "plain", "given events"), CLUSTER_CASES, strict=True)
            ),
            ("drop curve", "clusters", ("obliquity_waveform_rmse_deg",)),
            ("tibial curve", "clusters", ("tibia_waveform_rmse_deg",)),
        ),
    ),
)
"""Title, suite, and columns: title, case and what stands in the cell."""


def trials(figures: Sequence[Figure]) -> str:
    """The page of single trials as Markdown."""
    parts = [TRIALS_HEAD]
    for title, suite, columns in ONE_BY_ONE:
        found = {
            (f.who, f.side, f.case, f.quantity): f
            for f in figures
            if f.suite == suite and any(f.case == case for _, case, _ in columns)
        }
        legs = list(dict.fromkeys(key[:2] for key in found))
        lines = [
            f"## {title}\n",
            "| trial | leg | strides | " + " | ".join(name for name, _, _ in columns) + " |",
            "|---" * (len(columns) + 3) + "|",
        ]
        for who, side in legs:
            cells = []
            strides = 0
            for _, case, quantities in columns:
                mine = [found.get((who, side, case, key)) for key in quantities]
                known = [each for each in mine if each is not None]
                strides = max([strides, *(each.n for each in known)])
                digits = [1 if each.quantity.endswith("_ms") else 2 for each in known]
                cells.append(
                    ", ".join(f"{each.value:.{d}f}" for each, d in zip(known, digits, strict=True))
                )
            lines.append(f"| {who} | {side or 'both'} | {strides} | " + " | ".join(cells) + " |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def main() -> None:
    figures = [f for folder in sys.argv[1:] for f in read_figures(Path(folder) / "figures.csv")]
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{measured(figures)}\n{END}{after}", encoding="utf-8")
    TRIALS.write_text(trials(figures), encoding="utf-8")
    drawn = charts(figures)
    for name in SHOWN_CHARTS:
        (ROOT / "docs" / "figures" / f"validation-{name}.svg").write_text(drawn[name], "utf-8")


if __name__ == "__main__":
    main()
