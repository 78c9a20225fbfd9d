"""What was written about a runner: journal, load, scores, goals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dash import html

from dashboard import routes
from dashboard.figures.graph import base_figure, figure_with_table, graph
from dashboard.language import day_text, tr
from dashboard.number_text import MISSING, plain_number
from dashboard.parts.attributes import attributes
from dashboard.parts.journal_forms import FIELD_LABELS, item_button
from dashboard.parts.long_text import long_text
from pipeline.journal_entry import ENTRY_FIELDS, INSTRUMENTS, Goal, JournalEntry, Score
from pipeline.training_load import RunLoad, run_loads

SHOWN_ENTRIES = 100
DAY_TICKS = 6
"""Days named under the chart of pain, at most."""
SHOWN_LOADS = 15
_PAIN_LINES = {
    "pain_during": ("#1f7ab8", "solid", "circle"),
    "pain_after": ("#d55e00", "dash", "triangle-up"),
    "pain_next_morning": ("#6b4fa0", "dot", "square"),
}
LOAD_RULE = (
    "A run more than 10 % longer than the longest of the 30 days before went with more overuse "
    "injuries in 5205 runners: hazard ratio 1.64 above 10 %, 1.52 above 30 %, 2.28 above 100 % "
    "(Frandsen et al. 2025). An association among many, no limit for one; the ratio of acute to "
    "chronic load showed no such relation and is not shown."
)


def answer_text(value: object) -> str:
    """An answer of the journal as text; empty when not given."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return plain_number(value, 0 if value == int(value) else 1)
    return str(value)


def _entry(runner_id: str, entry: JournalEntry) -> Any:
    answers = [
        html.Span(
            [html.Span(f"{tr(FIELD_LABELS[name])}: ", className="ls-dim"), answer],
            className="ls-answer",
            dir="auto",
        )
        for name in ENTRY_FIELDS
        if name != "note" and (answer := answer_text(getattr(entry, name)))
    ]
    return html.Li(
        [
            html.Strong(day_text(entry.day)),
            html.Span(answers, className="ls-answers"),
            *(long_text(entry.note) if entry.note else []),
            item_button(
                f"remove-{entry.entry_id}",
                routes.filled(routes.RUNNER_REMOVE, runner_id=runner_id),
                entry.entry_id,
                tr("Remove"),
            ),
        ]
    )


def pain_figure(entries: Sequence[JournalEntry]) -> Any:
    """Pain over days: in the run, after it, next morning.

    Args:
        entries: newest first.
    """
    figure = base_figure("", tr("Pain (0–10)"))
    ordered = list(reversed(entries))
    for name, (colour, dash, symbol) in _PAIN_LINES.items():
        known = [(e.day, getattr(e, name)) for e in ordered if getattr(e, name) is not None]
        if known:
            figure.add_line(
                x=[day.toordinal() for day, _ in known],
                y=[value for _, value in known],
                mode="lines+markers",
                name=tr(FIELD_LABELS[name]),
                line={"color": colour, "dash": dash, "width": 2},
                marker={"symbol": symbol, "size": 8, "color": colour},
                text=[day_text(day) for day, _ in known],
                hovertemplate="%{y}",
            )
    figure.update_y(range=[-0.3, 10.3], dtick=2)
    first, last = (ordered[end].day.toordinal() for end in (0, -1))
    ticks = sorted({first + (last - first) * n // (DAY_TICKS - 1) for n in range(DAY_TICKS)})
    figure.update_x(
        tickvals=ticks,
        ticktext=[day_text(date.fromordinal(day)) for day in ticks],
        range=[first - 0.5, last + 0.5],
    )
    figure.update_layout(height=260)
    return figure


def journal_section(runner_id: str, entries: Sequence[JournalEntry]) -> list[Any]:
    """Pain over days and the entries, newest first."""
    if not entries:
        return [html.P(tr("Nothing is written yet."), id="journal-empty", className="ls-dim")]
    parts: list[Any] = []
    if any(getattr(entry, name) is not None for entry in entries for name in _PAIN_LINES):
        rows = [
            [
                day_text(entry.day),
                *[answer_text(getattr(entry, name)) or MISSING for name in _PAIN_LINES],
            ]
            for entry in entries[:SHOWN_ENTRIES]
        ]
        parts.append(
            figure_with_table(
                graph(pain_figure(entries), element_id="pain-graph"),
                caption=tr("Pain as written in the journal."),
                headings=(tr("Day"), *[tr(FIELD_LABELS[name]) for name in _PAIN_LINES]),
                rows=rows,
            )
        )
    parts.append(
        html.Ul(
            [_entry(runner_id, entry) for entry in entries[:SHOWN_ENTRIES]],
            id="journal-entries",
            className="ls-entries",
        )
    )
    if len(entries) > SHOWN_ENTRIES:
        parts.append(
            html.P(
                tr("The newest {count} days are shown.", count=SHOWN_ENTRIES), className="ls-dim"
            )
        )
    return parts


def load_words(load: RunLoad) -> str:
    """A run's load in words."""
    if load.rise is None or load.longest_km is None:
        return tr("no run in the 30 days before")
    rise = plain_number(100 * load.rise, 0)
    against = tr(
        "{rise} % against the longest run of the 30 days before ({km} km)",
        rise=f"+{rise}" if load.rise > 0 else rise,
        km=plain_number(load.longest_km, 1),
    )
    if load.hazard_ratio is None:
        return against
    return f"{against}; {tr('hazard ratio found for such a rise: {ratio}', ratio=plain_number(load.hazard_ratio, 2))}"


def load_section(entries: Sequence[JournalEntry]) -> list[Any]:
    """Distances against the longest run of the 30 days before."""
    loads = list(reversed(run_loads(entries)))[:SHOWN_LOADS]
    if not loads:
        return [html.P(tr("Loads appear with distances in the journal."), className="ls-dim")]
    return [
        html.Table(
            [
                html.Thead(
                    html.Tr(
                        [
                            html.Th(words, scope="col")
                            for words in (tr("Day"), tr("Distance"), tr("Load"))
                        ]
                    )
                ),
                html.Tbody(
                    [
                        html.Tr(
                            [
                                html.Th(day_text(load.day), scope="row", className="ls-whole"),
                                html.Td(
                                    html.Span(f"{plain_number(load.distance_km, 1)} km"),
                                    **attributes(data_label=tr("Distance")),
                                ),
                                html.Td(
                                    html.Span(load_words(load)),
                                    **attributes(data_label=tr("Load")),
                                ),
                            ]
                        )
                        for load in loads
                    ]
                ),
            ],
            className="ls-table ls-cards",
            id="load-table",
        ),
        html.P(tr(LOAD_RULE), className="ls-dim ls-small ls-below"),
    ]


def score_section(runner_id: str, scores: Sequence[Score]) -> Any:
    """Results of questionnaires, newest first."""
    if not scores:
        return html.P(tr("No score is kept yet."), className="ls-dim")
    rows = []
    for score in scores:
        one = INSTRUMENTS.get(score.instrument)
        name = score.instrument if one is None else one.name
        scale = "" if one is None else f" / {one.highest:g}"
        rows.append(
            html.Li(
                [
                    html.Strong(day_text(score.day)),
                    html.Span(f" {tr(name)}: "),
                    html.Strong(f"{plain_number(score.value, 1)}{scale}"),
                    html.Span(
                        ""
                        if one is None
                        else " "
                        + (
                            tr("(higher: fewer complaints)")
                            if one.better == "higher"
                            else tr("(lower: fewer complaints)")
                        ),
                        className="ls-dim ls-small",
                    ),
                    item_button(
                        f"remove-{score.score_id}",
                        routes.filled(routes.RUNNER_REMOVE, runner_id=runner_id),
                        score.score_id,
                        tr("Remove"),
                    ),
                ]
            )
        )
    return html.Ul(rows, id="scores", className="ls-entries")


def goal_section(runner_id: str, goals: Sequence[Goal]) -> Any:
    """Goals, newest first."""
    if not goals:
        return html.P(tr("No goal is set yet."), className="ls-dim")
    rows = []
    for goal in goals:
        facts = [tr("set {day}", day=day_text(goal.set_day))]
        if goal.until_day is not None:
            facts.append(tr("until {day}", day=day_text(goal.until_day)))
        if goal.reached_day is not None:
            facts.append(tr("reached {day}", day=day_text(goal.reached_day)))
        reached = goal.reached_day is not None
        rows.append(
            html.Li(
                [
                    html.Span(goal.words, className="ls-user-text", dir="auto"),
                    html.Span(f" ({', '.join(facts)}) ", className="ls-dim ls-small"),
                    item_button(
                        f"reached-{goal.goal_id}",
                        routes.filled(routes.RUNNER_GOAL_REACHED, runner_id=runner_id),
                        goal.goal_id,
                        tr("Not reached after all") if reached else tr("Reached"),
                        reached="no" if reached else "yes",
                    ),
                    item_button(
                        f"remove-{goal.goal_id}",
                        routes.filled(routes.RUNNER_REMOVE, runner_id=runner_id),
                        goal.goal_id,
                        tr("Remove"),
                    ),
                ]
            )
        )
    return html.Ul(rows, id="goals", className="ls-entries", **attributes(aria_label=tr("Goals")))
