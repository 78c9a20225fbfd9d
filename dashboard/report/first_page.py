"""First page of the report: the session in numbers, over time, and how good its data are."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboard.change_text import against_baseline_text, interval_text
from dashboard.condition_words import condition_text
from dashboard.language import capital, moment_text, tr
from dashboard.number_text import MISSING, clock_text, date_text, metric_text, shown_text, unit_text
from dashboard.parts.quality_story import quality_story
from dashboard.parts.task_section import TASK_CAUTION, task_headings, task_rows
from dashboard.parts.trend_section import trend_sentences
from dashboard.parts.unread_section import kept_median_rows
from dashboard.recorded_marks import NOTHING
from dashboard.report.content import ReportContent
from dashboard.report.figures import curve_chart, trend_chart
from dashboard.report.html_parts import figure, listed, table
from dashboard.report.svg_chart import legend
from dashboard.runner_history import HISTORY_METRICS
from dashboard.said import said
from dashboard.session_view import known_metrics
from dashboard.sides import SIDE_STYLES, SIDES
from dashboard.text import FOOTER, GAIT_WORDS
from pipeline.metrics.registry import METRICS
from pipeline.statistics.estimate import Estimate, estimate_leg
from pipeline.tasks.repetition import TASK_WORDS

SHOWN_REMARKS = 8


def first_page(content: ReportContent) -> list[str]:
    """Parts of the page as HTML; texts of people are escaped."""
    view = content.view
    shown = view.shown
    stored = view.stored
    parts = _heading(content)
    unread = [said(text) for text in stored.unread]
    if view.recorded is not None and view.recorded.problem:
        unread.append(said(view.recorded.problem))
    if unread:
        words = tr("Part of this session cannot be read")
        parts.append(f'<div class="mark"><strong>{escape(words)}</strong>{listed(unread)}</div>')
    if content.audience == "patient":
        parts.append(
            f"<p>{escape(tr('Sensors on the pelvis and both shins measured how you ran. The numbers describe movement; they do not say why something hurts, and they are no grade.'))}</p>"
        )
    if len(stored.strides) or not len(stored.repetitions):
        parts += [f"<h2>{escape(tr('The session in numbers'))}</h2>", *_numbers(content)]
    parts += _tasks(content)
    keys = known_metrics(shown)
    if keys:
        parts += _over_the_session(content, keys)
    if len(stored.curves):
        parts += _curves(content)
    parts += [
        f"<h2>{escape(tr('Quality of the data'))}</h2>",
        f'<p class="small">{escape(" ".join(quality_story(stored)))}</p>',
        listed([said(text) for text in stored.problems[:SHOWN_REMARKS]])
        if stored.problems
        else f"<p>{escape(tr('Nothing else was noticed about the data.'))}</p>",
    ]
    if len(stored.problems) > SHOWN_REMARKS:
        more = tr(
            "{count} further remarks are on the session's page.",
            count=len(stored.problems) - SHOWN_REMARKS,
        )
        parts.append(f'<p class="small">{escape(more)}</p>')
    return parts


def _tasks(content: ReportContent) -> list[str]:
    repetitions = content.view.stored.repetitions
    parts = []
    for task, words in TASK_WORDS.items():
        rows = repetitions[repetitions["task"] == task]
        if len(rows):
            cells = [
                [escape(name), escape(left), escape(right)]
                for name, _, left, right in task_rows(rows)
            ]
            parts += [
                f"<h2>{escape(capital(tr(words)))}</h2>",
                table(task_headings(rows), cells),
            ]
    return [*parts, f'<p class="small">{escape(tr(TASK_CAUTION))}</p>'] if parts else []


def _over_the_session(content: ReportContent, keys: Sequence[str]) -> list[str]:
    view = content.view
    colours = [(tr(SIDE_STYLES[side].label), SIDE_STYLES[side].colour) for side in SIDES]
    key = next((one for one in HISTORY_METRICS if one in keys), keys[0])
    caption = tr(
        "{name}: median and the range of 10 to 90 % of the strides.", name=tr(METRICS[key].name)
    )
    chart = figure(
        trend_chart(view.shown, key), caption, f"{legend(colours)} &nbsp; {escape(caption)}"
    )
    return [
        f"<h2>{escape(tr('Over the session'))}</h2>",
        chart,
        listed(trend_sentences(view.shown, key, view.recorded or NOTHING)),
    ]


def _curves(content: ReportContent) -> list[str]:
    curves = content.view.stored.curves
    return [
        f"<h2>{escape(tr('Mean curves over stance'))}</h2>",
        '<div class="pair">',
        figure(
            curve_chart(curves, "drop", tr("Pelvic drop"), tr("Pelvic drop (°)")),
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
                curves, "tibial_rotation", tr("Tibial rotation"), tr("Internal rotation (°)")
            ),
            tr("Mean tibial rotation over stance, both legs."),
            escape(tr("Tibial rotation, mean ± 1 SD. No accepted reference is known for it.")),
        ),
        "</div>",
    ]


def _heading(content: ReportContent) -> list[str]:
    summary = content.view.stored.summary
    facts = [
        date_text(summary.started_utc),
        clock_text(summary.duration_s),
        *[tr(word) for gait, word in GAIT_WORDS.items() if gait == summary.gait],
        *[condition_text(name, value) for name, value in summary.conditions.items()],
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
                changes.append(against_baseline_text(key, side, found.change))
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
    if not rows and view.strides_unread:
        kept = [[escape(cell) for cell in row] for row in kept_median_rows(view.stored.summary)]
        words = tr("The strides cannot be read. These medians were kept in the list of sessions.")
        legs = (tr("Metric"), tr("Left"), tr("Right"))
        return [f'<p class="mark">{escape(words)}</p>', table(legs, kept) if kept else ""]
    if not rows:
        return [
            f'<p class="mark">{escape(tr("The session has no valid stride whose metrics are known."))}</p>'
        ]
    headings = (tr("Metric"), tr("Left"), tr("Right"), tr("Against own baseline"))
    note = tr("Median over valid strides with its 95 % interval.")
    return [table(headings, rows), f'<p class="small">{escape(note)}</p>']
