"""The report as one HTML file without script and without anything from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Literal

from dashboard.change_text import change_text, interval_text
from dashboard.language import day_text, language, moment_text, tr
from dashboard.number_text import MISSING, clock_text, date_text, metric_text, shown_text, unit_text
from dashboard.parts.condition_section import comparison_sentence, comparisons, condition_names
from dashboard.parts.journal_forms import FIELD_LABELS
from dashboard.parts.journal_section import answer_text, load_words
from dashboard.parts.metric_explanation import band_sentence
from dashboard.parts.quality_story import quality_story
from dashboard.parts.side_section import side_rows
from dashboard.parts.trend_section import trend_sentences
from dashboard.recorded_marks import NOTHING
from dashboard.report.figures import curve_chart, forest_chart, trend_chart
from dashboard.report.html_parts import figure, listed, shortened, table
from dashboard.report.svg_chart import legend
from dashboard.runner_history import HISTORY_METRICS
from dashboard.session_view import SessionView, known_metrics
from dashboard.sides import SIDE_STYLES, SIDES, Side
from dashboard.text import FOOTER, FOOTER_DETAIL, GAIT_WORDS
from pipeline.journal_entry import JournalEntry, Plan
from pipeline.metrics.registry import METRICS
from pipeline.statistics.estimate import Estimate, estimate_leg
from pipeline.statistics.movement_pattern import DISCLAIMER
from pipeline.statistics.session_series import SessionSeries
from pipeline.training_load import run_loads

Audience = Literal["patient", "colleague"]
AUDIENCES: tuple[Audience, Audience] = ("patient", "colleague")
SHOWN_ENTRIES = 6
PAIN_FIELDS = ("pain_during", "pain_after", "pain_next_morning")
REFERENCES = (
    "Baker 2001, Gait & Posture 13:1-6 (pelvic angles)",
    "Wu et al. 2002, J Biomech 35:543-548 (axes of the shank)",
    "Bramah et al. 2018, Am J Sports Med 46:3023-3031 (pelvic drop of groups)",
    "Burnet & Pidcoe 2009, J Sports Sci Med 8:284-288 (drop and muscle torque)",
    "Matthews et al. 2020, Br J Sports Med 54:1416 (orthoses and hip exercise, FOHX trial)",
    "Frandsen et al. 2025, Br J Sports Med 59:1203-1210 (single-session distance and injury)",
)


@dataclass(frozen=True, slots=True)
class Fit:
    """How much of a report is shown, and how tightly.

    Attributes:
        characters: of each text that people wrote; None for all of it.
        tightness: 0 is roomy, 2 the tightest.
        days: of the journal.
    """

    characters: int | None = None
    tightness: int = 0
    days: int = SHOWN_ENTRIES


WHOLE = Fit()
FITS = (Fit(1500), Fit(800, 1), Fit(300, 1, 4), Fit(120, 2, 2), Fit(0, 2, 0))
"""For print, from roomy to tight: the first is taken that fills two pages at most."""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """What a report is made of.

    Attributes:
        view: the session.
        histories: metric to leg to the runner's sessions, where there are several.
        entries: journal, newest first.
        plan: the therapist's text for the runner.
        made: when the report was made.
        software: name and version of the program.
        audience: for whom it is.
        fit: how much is shown.
    """

    view: SessionView
    made: datetime
    software: str
    histories: dict[str, dict[Side, SessionSeries]] = field(default_factory=dict)
    entries: Sequence[JournalEntry] = ()
    plan: Plan = field(default_factory=Plan)
    audience: Audience = "colleague"
    fit: Fit = field(default_factory=lambda: WHOLE)


def report_html(content: ReportContent) -> str:
    """The report as one HTML document.

    Args:
        content: everything it shows; texts of people are escaped.
    """
    style = (Path(__file__).parent / "style.css").read_text("utf-8")
    summary = content.view.stored.summary
    title = f"{tr('Running session')} {date_text(summary.started_utc)}"
    body = "\n".join([*_first_page(content), *_second_page(content)])
    return (
        f'<!DOCTYPE html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        '<link rel="icon" href="data:,">\n'
        f'<meta name="generator" content="{escape(content.software)}">\n'
        f'<style>\n{style}</style>\n</head>\n<body class="tight-{content.fit.tightness}">\n{body}\n</body>\n</html>\n'
    )


def _heading(content: ReportContent) -> list[str]:
    summary = content.view.stored.summary
    facts = [
        date_text(summary.started_utc),
        clock_text(summary.duration_s),
        tr(GAIT_WORDS.get(summary.gait or "", "not known")),
        *[f"{name}: {value}" for name, value in summary.conditions.items()],
        *content.view.remark.tags,
    ]
    name = summary.runner or tr("No runner given")
    foot = f"{tr(FOOTER)} {content.software}, {moment_text(content.made)}"
    return [
        f'<p class="small foot">{escape(foot)}</p>',
        f'<h1 class="user" dir="auto">{escape(name)}</h1>',
        f'<p class="facts user">{escape(" · ".join(facts))}</p>',
    ]


def _value_cell(key: str, estimate: Estimate | None) -> str:
    if estimate is None:
        return f'<span class="value">{MISSING}</span>'
    value = f"{metric_text(key, estimate.value).replace('-', '−')}{unit_text(key)}"
    interval = interval_text(key, estimate)
    few = "" if estimate.enough else f", {tr('few')}"
    more = f"{interval}, " if interval else ""
    strides = tr("{count} strides", count=estimate.n)
    return (
        f'<span class="value">{escape(value)}</span><br>'
        f'<span class="small">{escape(f"{more}{strides}{few}")}</span>'
    )


def _numbers(content: ReportContent) -> list[str]:
    view = content.view
    shown = view.shown
    rows = []
    for key in HISTORY_METRICS:
        metric = METRICS[key]
        estimates = {
            side: estimate_leg(shown, side, key) if key in shown and len(shown) else None
            for side in SIDES
        }
        if not any(estimates.values()):
            continue
        changes = []
        detectable = None
        for side in SIDES:
            found = view.changes.get((side, key))
            if found is not None:
                change = found.change
                changes.append(
                    change_text(
                        key,
                        change.change,
                        change.low,
                        change.high,
                        against=tr("own baseline"),
                        name=tr(SIDE_STYLES[side].label),
                    )
                )
                detectable = found.series.detectable
        if changes and detectable is not None:
            reach = shown_text(key, detectable.against_baseline)
            changes.append(f"{tr('Minimal detectable change')} {reach}.")
        rows.append(
            [
                escape(tr(metric.name)),
                *[_value_cell(key, estimates[side]) for side in SIDES],
                '<span class="small">'
                + (
                    "<br>".join(escape(text) for text in changes)
                    or escape(tr("No other session of this runner to compare with."))
                )
                + "</span>",
            ]
        )
    if not rows:
        return [
            f'<p class="mark">{escape(tr("The session has no valid stride whose metrics are known."))}</p>'
        ]
    headings = (tr("Metric"), tr("Left"), tr("Right"), tr("Against own baseline"))
    note = tr("Median over valid strides with its 95 % interval.")
    return [table(headings, rows), f'<p class="small">{escape(note)}</p>']


def _first_page(content: ReportContent) -> list[str]:
    view = content.view
    shown = view.shown
    stored = view.stored
    parts = _heading(content)
    if content.audience == "patient":
        parts.append(
            f"<p>{escape(tr('Sensors on the pelvis and both shins measured how you ran. The numbers describe movement; they do not say why something hurts, and they are no grade.'))}</p>"
        )
    parts += [f"<h2>{escape(tr('The session in numbers'))}</h2>", *_numbers(content)]
    keys = known_metrics(shown)
    if keys:
        colours = [(tr(SIDE_STYLES[side].label), SIDE_STYLES[side].colour) for side in SIDES]
        key = next((one for one in HISTORY_METRICS if one in keys), keys[0])
        caption = tr(
            "{name}: median and the range of 10 to 90 % of the strides.", name=tr(METRICS[key].name)
        )
        parts += [
            f"<h2>{escape(tr('Over the session'))}</h2>",
            figure(trend_chart(shown, key), caption, f"{legend(colours)} &nbsp; {escape(caption)}"),
            listed(trend_sentences(shown, key, view.recorded or NOTHING)),
            f"<h2>{escape(tr('Mean curves over stance'))}</h2>",
            '<div class="pair">',
            figure(
                curve_chart(stored.curves, "drop", tr("Pelvic drop"), tr("Pelvic drop (°)")),
                tr("Mean pelvic drop over stance, both legs."),
                escape(
                    tr(
                        "Pelvic drop, mean ± 1 SD. Grey: peak of runners without injury, 3.2 m/s "
                        "(Bramah et al. 2018, n = 36), against the laboratory: where a group lay."
                    )
                ),
            ),
            figure(
                curve_chart(
                    stored.curves,
                    "tibial_rotation",
                    tr("Tibial rotation"),
                    tr("Internal rotation (°)"),
                ),
                tr("Mean tibial rotation over stance, both legs."),
                escape(tr("Tibial rotation, mean ± 1 SD. No accepted reference is known for it.")),
            ),
            "</div>",
        ]
    parts += [
        f"<h2>{escape(tr('Quality of the data'))}</h2>",
        f'<p class="small">{escape(" ".join(quality_story(stored)))}</p>',
        listed(stored.problems[:8])
        if stored.problems
        else f"<p>{escape(tr('Nothing else was noticed about the data.'))}</p>",
    ]
    if len(stored.problems) > 8:
        more = tr(
            "{count} further remarks are on the session's page.", count=len(stored.problems) - 8
        )
        parts.append(f'<p class="small">{escape(more)}</p>')
    return parts


def _sides(content: ReportContent) -> list[str]:
    rows = [
        [
            escape(name),
            escape(left),
            escape(right),
            escape(difference)
            + (f'<br><span class="small">{escape(caution)}</span>' if caution else ""),
        ]
        for name, left, right, difference, caution in side_rows(content.view.shown)
    ]
    if not rows:
        return []
    headings = (tr("Metric"), tr("Left"), tr("Right"), tr("Left minus right"))
    return [f"<h2>{escape(tr('Left and right'))}</h2>", table(headings, rows)]


def _conditions(content: ReportContent) -> list[str]:
    found = content.view.recorded
    names = condition_names(found) if found is not None else []
    if found is None or len(names) < 2:
        return []
    sentences = [
        comparison_sentence(side, one)
        for other in names[1:3]
        for (side, _), one in comparisons(content.view.shown, found, names[0], other).items()
    ]
    if not sentences:
        return []
    return [f"<h2>{escape(tr('Conditions within this run'))}</h2>", listed(sentences)]


def _history(content: ReportContent) -> list[str]:
    charts = []
    for key in ("cpd_peak_deg", "tir_exc_deg"):
        chart = forest_chart(content.histories.get(key, {}), key)
        if chart is not None:
            words = tr("{name} of the newest sessions.", name=tr(METRICS[key].name))
            charts.append(
                figure(
                    chart,
                    words,
                    escape(
                        f"{words} "
                        + tr("Tinted: within error of the baseline; open marks are the baseline.")
                    ),
                )
            )
    if not charts:
        return []
    return [
        f"<h2>{escape(tr('Over the sessions'))}</h2>",
        '<div class="pair">',
        *charts,
        "</div>",
    ]


def _journal(content: ReportContent) -> list[str]:
    entries = content.entries[: content.fit.days]
    if not entries:
        return []
    loads = {load.day: load for load in run_loads(content.entries)}
    rows = []
    for entry in entries:
        load = loads.get(entry.day)
        rows.append(
            [
                escape(day_text(entry.day)),
                *[escape(answer_text(getattr(entry, name)) or MISSING) for name in PAIN_FIELDS],
                f'<span class="user">{escape(", ".join(t for t in (entry.shoes, entry.insole) if t) or MISSING)}</span>',
                escape(load_words(load) if load is not None else MISSING),
            ]
        )
    headings = (
        tr("Day"),
        *[tr(FIELD_LABELS[name]) for name in PAIN_FIELDS],
        tr("Shoes, insole"),
        tr("Load"),
    )
    return [f"<h2>{escape(tr('Journal'))}</h2>", table(headings, rows)]


def _second_page(content: ReportContent) -> list[str]:
    view = content.view
    parts = [
        *_sides(content),
        *_conditions(content),
        *_history(content),
        *_journal(content),
        *_definitions(content),
    ]
    texts = [
        (tr("Note on the session"), view.remark.note),
        (tr("Exercises"), content.plan.exercises),
        (tr("Cues"), content.plan.cues),
        (
            tr("Notes of the therapist"),
            content.plan.note if content.audience == "colleague" else "",
        ),
    ]
    for head, text in texts:
        if text.strip():
            kept, cut = shortened(text, content.fit.characters)
            parts.append(f"<h2>{escape(head)}</h2>")
            parts += [f'<p class="text" dir="auto">{escape(kept)}</p>'] if kept else []
            parts += [f'<p class="small">{escape(cut)}</p>'] if cut else []
    return parts


def _definitions(content: ReportContent) -> list[str]:
    items = []
    for key in HISTORY_METRICS:
        metric = METRICS[key]
        text = f"<strong>{escape(tr(metric.name))}.</strong> {escape(tr(metric.definition))}"
        text += f" {escape(tr(metric.sign))}"
        if content.audience == "colleague":
            text += f" {escape(tr('Does not mean'))}: {escape(tr(metric.does_not_mean))}"
            bands = [band_sentence(metric, band) for band in metric.reference_bands[:1]]
            text += "".join(f" {escape(sentence)}" for sentence in bands)
        items.append(f"<li>{text}</li>")
    provenance = content.view.stored.provenance
    software = provenance.get("software")
    version = software.get("levelstride", "") if isinstance(software, dict) else ""
    method = ", ".join(
        text
        for text in (
            f"levelstride {version}" if version else "",
            str(provenance.get("mode", "")),
            f"SHA-256 {str(provenance.get('source_sha256', ''))[:16]}…"
            if provenance.get("source_sha256")
            else "",
        )
        if text
    )
    parts = [
        f"<h2>{escape(tr('What the numbers mean, and what they do not'))}</h2>",
        f'<ul class="small">{"".join(items)}</ul>',
        f'<p class="small">{escape(tr("A change within error is one that sensors put on anew and everyday variation could make. Intervals hold the variation between strides and the errors of measurement that are known."))}</p>',
        f'<p class="mark"><strong>{escape(tr(FOOTER))}</strong> {escape(tr(FOOTER_DETAIL))} {escape(tr(DISCLAIMER))}</p>',
    ]
    if content.audience == "colleague":
        references = "".join(f"<li>{escape(text)}</li>" for text in REFERENCES)
        parts.append(f"<h2>{escape(tr('References'))}</h2>")
        parts.append(f'<ul class="small">{references}</ul>')
    if method:
        parts.append(f'<p class="small">{escape(tr("Analysis"))}: {escape(method)}</p>')
    return parts
