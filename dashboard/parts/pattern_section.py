"""Movement pattern of each leg with its probabilities, and what it does not mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.language import tr
from dashboard.number_text import plain_number
from dashboard.parts.attributes import attributes
from dashboard.runner_history import Estimates
from dashboard.said import said
from dashboard.sides import SIDE_STYLES, SIDES, Side
from pipeline.statistics.detectable_change import USUAL_SPREAD
from pipeline.statistics.movement_pattern import (
    DISCLAIMER,
    RUNS_CALLED_ALIKE,
    RUNS_LOOKED_AT,
    LegPattern,
    leg_pattern,
    pattern_over_runs,
)

PATTERN_WORDS = {
    "pelvic": "pelvic (frontal)",
    "tibial": "tibial (transverse)",
    "both": "both",
    "neither": "neither",
    "undetermined": "undetermined",
}
_SPREAD = (USUAL_SPREAD["cpd_peak_deg"].sd, USUAL_SPREAD["tir_exc_deg"].sd)


def run_patterns(runs: Sequence[Estimates]) -> dict[Side, list[LegPattern]]:
    """Patterns of the newest running sessions, newest first.

    Args:
        runs: estimates per session, newest first.
    """
    return {
        side: [
            leg_pattern(
                run.get((side, "cpd_peak_deg")),
                run.get((side, "tir_exc_deg")),
                between_session_sd=_SPREAD,
            )
            for run in runs[:RUNS_LOOKED_AT]
        ]
        for side in SIDES
    }


def _percent(probability: float | None) -> str:
    if probability is None:
        return tr("not known")
    return f"{plain_number(100 * probability, 0)} %"


def pattern_section(patterns: Mapping[Side, Sequence[LegPattern]]) -> Any:
    """The section; says so when nothing is known.

    Args:
        patterns: per leg, newest session first.
    """
    known = {side: runs for side, runs in patterns.items() if runs}
    if not known:
        return html.P(tr("No running session to describe yet."), className="ls-dim")
    rows = []
    for side, runs in known.items():
        newest = runs[0]
        pattern = pattern_over_runs([run.pattern for run in runs])
        rows.append(
            html.Tr(
                [
                    html.Th(
                        [html.Span(className=f"ls-key ls-key-{side}"), tr(SIDE_STYLES[side].label)],
                        scope="row",
                    ),
                    html.Td(tr(PATTERN_WORDS[pattern])),
                    html.Td(_percent(newest.pelvic_probability)),
                    html.Td(_percent(newest.tibial_probability)),
                ]
            )
        )
    labels = {label for runs in known.values() for run in runs for label in run.references}
    return html.Div(
        [
            html.Div(
                html.Table(
                    [
                        html.Thead(
                            html.Tr(
                                [
                                    html.Th(words, scope="col")
                                    for words in (
                                        tr("Leg"),
                                        tr("Movement pattern"),
                                        tr("Pelvic drop elevated"),
                                        tr("Tibial rotation elevated"),
                                    )
                                ]
                            )
                        ),
                        html.Tbody(rows),
                    ],
                    className="ls-table",
                    id="movement-pattern",
                ),
                className="ls-scroll",
                tabIndex=0,
                role="region",
                **attributes(aria_label=tr("Movement pattern")),
            ),
            html.P(
                tr(
                    "Elevated: more than one standard deviation above the reference, as a "
                    "probability of the newest run. A pattern is named when {alike} of the last "
                    "{looked} runs agree; else it is undetermined.",
                    alike=RUNS_CALLED_ALIKE,
                    looked=RUNS_LOOKED_AT,
                ),
                className="ls-dim ls-small ls-below",
            ),
            html.P(
                [
                    tr("Reference of the pelvic drop:"),
                    " ",
                    "; ".join(said(label) for label in sorted(labels)) or tr("none"),
                    ". ",
                    tr("For tibial rotation there is no accepted reference, so none is used."),
                ],
                className="ls-dim ls-small",
            ),
            html.P(html.Strong(tr(DISCLAIMER)), className="ls-small"),
        ]
    )
