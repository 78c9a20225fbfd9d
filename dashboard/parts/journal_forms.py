"""Forms of a runner's page: a day in the journal, a score, a goal, the therapist's text."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import html

from dashboard import routes
from dashboard.language import day_text, tr
from dashboard.parts.forms import (
    choice_field,
    form,
    hidden_value,
    line_field,
    number_field,
    submit,
    text_area,
)
from pipeline.journal_entry import INSTRUMENTS, Plan

FIELD_LABELS = {
    "pain_during": "Pain in the run",
    "pain_after": "Pain after it",
    "pain_next_morning": "Pain next morning",
    "settle_min": "Minutes to settle",
    "stiffness_min": "Morning stiffness (min)",
    "swelling": "Swelling",
    "theatre_sign": "Pain in long sitting",
    "stairs_pain": "Pain on stairs",
    "downhill_pain": "Pain downhill",
    "effort": "Effort",
    "distance_km": "Distance (km)",
    "duration_min": "Duration (min)",
    "shoes": "Shoes",
    "insole": "Insole",
    "note": "Note",
}
"""Fields of the journal in the words of the page."""
_RATINGS = (
    "pain_during",
    "pain_after",
    "pain_next_morning",
    "stairs_pain",
    "downhill_pain",
    "effort",
)


def _rating(name: str) -> Any:
    choices = [("", "–"), *[(str(n), str(n)) for n in range(11)]]
    words = f"{tr(FIELD_LABELS[name])} (0–10)"
    return choice_field(f"journal-{name}", name, words, choices)


def _yes_no(name: str) -> Any:
    choices = [("", "–"), ("no", tr("no")), ("yes", tr("yes"))]
    return choice_field(f"journal-{name}", name, tr(FIELD_LABELS[name]), choices)


def journal_form(runner_id: str, today: date) -> Any:
    """A day in the journal."""
    fields: list[Any] = [line_field("journal-day", "day", tr("Day"), day_text(today))]
    for name in FIELD_LABELS:
        if name in _RATINGS:
            fields.append(_rating(name))
        elif name in {"swelling", "theatre_sign"}:
            fields.append(_yes_no(name))
        elif name in {"shoes", "insole"}:
            fields.append(line_field(f"journal-{name}", name, tr(FIELD_LABELS[name])))
        elif name != "note":
            fields.append(number_field(f"journal-{name}", name, tr(FIELD_LABELS[name])))
    return form(
        "journal-form",
        routes.filled(routes.RUNNER_JOURNAL, runner_id=runner_id),
        html.Div(
            [*fields, text_area("journal-note", "note", tr("Note"), rows=3)], className="ls-fields"
        ),
        html.P(
            tr("0 is none, 10 the worst imaginable. Leave out what was not asked."),
            className="ls-dim ls-small",
        ),
        submit(tr("Write into the journal")),
    )


def score_form(runner_id: str, today: date) -> Any:
    """A questionnaire's result."""
    choices = [
        (one.key, f"{tr(one.name)} ({one.lowest:g}–{one.highest:g})")
        for one in INSTRUMENTS.values()
    ]
    return form(
        "score-form",
        routes.filled(routes.RUNNER_SCORES, runner_id=runner_id),
        html.Div(
            [
                line_field("score-day", "day", tr("Day"), day_text(today)),
                choice_field("score-instrument", "instrument", tr("Questionnaire"), choices),
                number_field("score-value", "value", tr("Score")),
            ],
            className="ls-fields",
        ),
        submit(tr("Add the score"), primary=False),
    )


def goal_form(runner_id: str) -> Any:
    """A goal."""
    return form(
        "goal-form",
        routes.filled(routes.RUNNER_GOALS, runner_id=runner_id),
        html.Div(
            [
                line_field("goal-words", "words", tr("Goal"), wide=True),
                line_field(
                    "goal-until",
                    "until_day",
                    tr("Until (optional)"),
                    hint=day_text(date(2026, 12, 31)),
                ),
            ],
            className="ls-fields",
        ),
        submit(tr("Add the goal"), primary=False),
    )


def plan_form(runner_id: str, plan: Plan) -> Any:
    """The therapist's own text."""
    return form(
        "plan-form",
        routes.filled(routes.RUNNER_PLAN, runner_id=runner_id),
        html.Div(
            [
                text_area("plan-exercises", "exercises", tr("Exercises"), plan.exercises),
                text_area("plan-cues", "cues", tr("Cues"), plan.cues),
                text_area("plan-note", "note", tr("Notes of the therapist"), plan.note),
            ],
            className="ls-fields",
        ),
        submit(tr("Keep the text"), primary=False),
    )


def item_button(element_id: str, address: str, item_id: str, words: str, **values: str) -> Any:
    """A small form of one button for one entry."""
    return form(
        element_id,
        address,
        hidden_value("item", item_id),
        *[hidden_value(name, value) for name, value in values.items()],
        html.Button(words, type="submit", className="ls-plain-button"),
    )
