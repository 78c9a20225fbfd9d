"""Compare sessions of a runner: over weeks, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard import routes
from dashboard.change_text import change_text
from dashboard.condition_words import condition_text
from dashboard.kept_tables import strides_of_gait
from dashboard.language import tr
from dashboard.number_text import date_text
from dashboard.parts.attributes import attributes
from dashboard.parts.condition_section import condition_section
from dashboard.parts.forms import choice_field
from dashboard.parts.history_section import forest_box
from dashboard.parts.library_table import library_table
from dashboard.parts.notice import notice
from dashboard.recorded_marks import recorded
from dashboard.runner_history import (
    BASELINE_SESSIONS,
    BASELINE_TAG,
    HISTORY_METRICS,
    baseline_ids,
    history,
    runner_sessions,
    unread_text,
)
from dashboard.said import said
from dashboard.sides import SIDE_STYLES, SIDES
from pipeline.errors import StoreError
from pipeline.metrics.registry import METRICS
from pipeline.statistics.session_series import SessionSeries
from pipeline.store import Store
from pipeline.stored_session import SessionSummary

COMPARE_QUERY_ID = "compare-query"
COMPARE_CHOSEN_ID = "compare-chosen"
COMPARE_RUNNER_ID = "compare-runner"
COMPARE_SESSIONS_ID = "compare-sessions"
COMPARE_BASELINE_ID = "compare-baseline"
COMPARE_BOX_ID = "compare-box"
ANSWERED_IDS = frozenset({COMPARE_SESSIONS_ID, COMPARE_BASELINE_ID, COMPARE_BOX_ID})
"""Elements that callbacks read or fill."""
MAX_COMPARED = 40


def session_label(summary: SessionSummary) -> str:
    """A session as a line of a list: date and conditions."""
    conditions = ", ".join(
        condition_text(name, value) for name, value in summary.conditions.items()
    )
    return f"{date_text(summary.started_utc)}{' · ' if conditions else ''}{conditions[:80]}"


def headline_sentences(key: str, series: dict[Any, SessionSeries]) -> list[str]:
    """The newest session against the baseline, in one sentence per leg."""
    sentences = []
    for side in SIDES:
        rows = [row for row in series[side].sessions if row.sentence]
        if rows:
            newest = rows[-1]
            sentences.append(
                change_text(
                    key,
                    newest.change,
                    newest.low,
                    newest.high,
                    against=tr("the baseline"),
                    name=(
                        f"{date_text(newest.point.started_utc)}: {tr(METRICS[key].name)}, "
                        f"{tr(SIDE_STYLES[side].label)}"
                    ),
                )
            )
    return sentences


def _within_run(store: Store, session_id: str) -> list[Any]:
    stored = store.session(session_id, whole=False)
    found = recorded(store, stored, wait=True)
    section = (
        condition_section(strides_of_gait(stored.strides, stored.summary.gait), found)
        if found is not None
        else None
    )
    if section is not None:
        return [section]
    words = tr(
        "This session has no two conditions marked in it. Choose further sessions, or set "
        "conditions on the live page while recording."
    )
    if found is not None and found.problem:
        unknown = tr("Marks, cues and conditions within the run are not known.")
        words = f"{said(found.problem)} {unknown}"
    return [html.P(words, className="ls-dim")]


def compare_result(
    store: Store, runner_id: str, session_ids: Sequence[str], baseline: Sequence[str]
) -> list[Any]:
    """Everything below the choices.

    Args:
        store: library.
        runner_id: the runner.
        session_ids: chosen sessions.
        baseline: chosen baseline; empty takes the usual one of the chosen sessions.

    Raises:
        StoreError: the library cannot be read.
    """
    mine = [s for s in runner_sessions(store, runner_id) if s.session_id in set(session_ids)]
    mine = mine[:MAX_COMPARED]
    if not mine:
        return [html.P(tr("Choose a runner and sessions."), className="ls-dim")]
    gaits = {s.gait for s in mine if s.gait is not None}
    gait = "run" if "run" in gaits else "walk"
    same = [s for s in mine if s.gait == gait]
    parts: list[Any] = []
    if len(same) < len(mine):
        parts.append(
            html.P(
                tr(
                    "Only sessions of one gait are compared; {count} others are left out.",
                    count=len(mine) - len(same),
                ),
                className="ls-remark",
            )
        )
    unread = unread_text(store, mine)
    if unread:
        parts.append(html.P(unread, className="ls-remark", id="compare-unread"))
    if len(mine) == 1:
        parts += _within_run(store, mine[0].session_id)
    elif len(same) > 1:
        chosen = frozenset(baseline) & {s.session_id for s in same}
        # With the usual choice, some session must be left to be compared.
        base = chosen or baseline_ids(same)
        if len(base) >= len(same):
            base = frozenset({same[-1].session_id})
        sentences: list[str] = []
        boxes = []
        for key in HISTORY_METRICS:
            series = {side: history(store, same, key, side, baseline=base) for side in SIDES}
            if any(len(one.sessions) for one in series.values()):
                sentences += headline_sentences(key, series)
                boxes.append(forest_box(series, key, f"compare-{key}"))
        parts.append(
            html.Section(
                [
                    html.H2(tr("In one sentence each")),
                    html.Ul([html.Li(text) for text in sentences], id="compare-words"),
                    html.P(
                        tr(
                            "Within error means: sensors put on anew and everyday variation could "
                            "make such a difference. Beyond error does not say why."
                        ),
                        className="ls-dim ls-small",
                    ),
                ],
                className="ls-card",
                **attributes(aria_label=tr("In one sentence each")),
            )
        )
        parts.append(
            html.Section(
                [html.H2(tr("Sessions over time")), *boxes],
                className="ls-card",
                **attributes(aria_label=tr("Sessions over time")),
            )
        )
    elif not same or len(mine) > 1:
        words = tr("Two sessions of the same gait with valid strides are needed.")
        parts.append(html.P(words, className="ls-dim"))
    parts.append(library_table(mine))
    return parts


def chosen_sessions(store: Store, session_ids: Sequence[str]) -> list[SessionSummary]:
    """Those of the sessions that exist and belong to the runner of the first one."""
    found: list[SessionSummary] = []
    for session_id in session_ids[:MAX_COMPARED]:
        try:
            summary = store.summary(session_id)
        except StoreError:
            continue
        if not found or summary.runner_id == found[0].runner_id:
            found.append(summary)
    return found


def session_checks(
    name: str, sessions: Sequence[SessionSummary], chosen: Sequence[str]
) -> list[Any]:
    """Sessions to tick.

    Args:
        name: under which the ticked ones are asked for.
        sessions: all of them, newest first.
        chosen: ids of those that are ticked.
    """
    return [
        html.Button(
            session_label(one),
            # Another state at the beginning is another element, not a change of this one.
            key=f"{one.session_id} {one.session_id in chosen}",
            type="button",
            role="checkbox",
            className="ls-check",
            **attributes(
                aria_checked="true" if one.session_id in chosen else "false",
                data_check=name,
                data_value=one.session_id,
            ),
        )
        for one in sessions
    ]


def _checks(element_id: str, label: str, ticks: list[Any], hint: str = "") -> Any:
    return html.Fieldset(
        [
            html.Legend(label, className="ls-label"),
            *([html.Span(hint, className="ls-dim ls-small")] if hint else []),
            html.Div(ticks, id=element_id, className="ls-checks"),
        ],
        className="ls-choices",
    )


def compare_page(store: Store, session_ids: Sequence[str]) -> Any:
    """The page with its choices.

    Args:
        store: library.
        session_ids: out of an address, so not to be trusted.

    Raises:
        StoreError: the library cannot be read.
    """
    runners = [r for r in store.journal.runners() if r.sessions]
    if not runners:
        return html.Div(
            [
                html.H1(tr("Compare")),
                notice(
                    tr("Nothing to compare yet"),
                    tr("Two sessions of a runner, or one with two conditions, are needed."),
                    links=((tr("Go to the sessions"), routes.SESSIONS),),
                ),
            ]
        )
    chosen = chosen_sessions(store, session_ids)
    runner_id = chosen[0].runner_id if chosen else None
    sessions = runner_sessions(store, runner_id) if runner_id else []
    ids = [s.session_id for s in chosen]
    return html.Div(
        [
            html.H1(tr("Compare")),
            html.Div(
                [
                    dcc.Store(id=COMPARE_QUERY_ID, data={"runner": runner_id or ""}),
                    html.Div(
                        choice_field(
                            COMPARE_RUNNER_ID,
                            "runner",
                            tr("Runner"),
                            [
                                *([] if runner_id else [("", tr("choose"))]),
                                *[(r.runner_id, r.name or tr("No runner given")) for r in runners],
                            ],
                            chosen=runner_id,
                        ),
                        **attributes(data_query=COMPARE_QUERY_ID),
                    ),
                    dcc.Store(id=COMPARE_CHOSEN_ID),
                    html.Div(
                        [
                            _checks(
                                COMPARE_SESSIONS_ID,
                                tr("Sessions (one: conditions within it)"),
                                session_checks("sessions", sessions, ids),
                            ),
                            _checks(
                                COMPARE_BASELINE_ID,
                                tr("Baseline (optional)"),
                                session_checks("baseline", sessions, []),
                                hint=tr(
                                    "tag “{tag}”, else the first {count}",
                                    tag=BASELINE_TAG,
                                    count=BASELINE_SESSIONS,
                                ),
                            ),
                        ],
                        className="ls-columns",
                        **attributes(data_query=COMPARE_CHOSEN_ID),
                    ),
                ],
                className="ls-card ls-compare",
            ),
            dcc.Loading(
                html.Div(
                    compare_result(store, runner_id, ids, [])
                    if runner_id
                    else html.P(tr("Choose a runner and sessions."), className="ls-dim"),
                    id=COMPARE_BOX_ID,
                ),
                delay_show=300,
            ),
        ],
        id="compare-page",
    )
