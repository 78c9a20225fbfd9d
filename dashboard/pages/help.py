"""Help: one page for runners, one for therapists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard import routes
from dashboard.language import tr
from dashboard.parts.attributes import attributes

Topic = tuple[str, Sequence[str]]

FOR_RUNNERS: Sequence[Topic] = (
    (
        "What is measured",
        (
            (
                "Three small sensors, on the pelvis and on both shins, feel how you move at every "
                "stride: how far the pelvis drops on the side of the swinging leg, and how far the "
                "shin turns inwards after the foot lands."
            ),
            (
                "Numbers describe movement. They do not tell why something hurts, whether a muscle is "
                "weak, or which treatment helps."
            ),
        ),
    ),
    (
        "How to read a number",
        (
            (
                "The large number is the middle of all valid strides. ± is how much strides differ from "
                "each other. The 95 % interval says how far the true value may lie from the number."
            ),
            (
                "A change “within error” is one that putting on the sensors anew could make. Only a "
                "change “beyond error” is worth a thought, and it does not say what caused it."
            ),
            (
                "Everyone is a little different left and right. There is no limit beyond which that is "
                "bad."
            ),
        ),
    ),
    (
        "Your journal",
        (
            (
                "Write pain from 0 (none) to 10 during, after and the morning after a run, and how long "
                "it took to settle. With distances, the page shows how a run compares to the longest "
                "one of the 30 days before."
            ),
            (
                "If the knee locks or gives way, hurts at night, is much swollen, or after an accident "
                "or with fever: see a clinician."
            ),
        ),
    ),
    (
        "Your data",
        (
            (
                "Everything stays on this computer. On your page you can export all of it, or delete "
                "it for good."
            ),
        ),
    ),
)
FOR_THERAPISTS: Sequence[Topic] = (
    (
        "In eight minutes",
        (
            (
                "Open the newest session from the library. Read the remarks on top first: few strides, "
                "lost data or a slipped sensor widen everything below."
            ),
            (
                "The three cards give value, interval and change against the runner's own baseline with "
                "its minimal detectable change. Below them: the trend, the curves, left and right."
            ),
            "“Report” makes two pages for the patient's file or a colleague.",
        ),
    ),
    (
        "Baseline and minimal detectable change",
        (
            (
                "The tag “baseline” marks sessions before anything was changed; without it the first "
                "three of the same gait are taken. With three baseline sessions the runner's own spread "
                "is used, joined with the usual one; with fewer, a published or assumed one, and the "
                "page says so."
            ),
            "Compare the same speed, surface and slope: pelvic drop rises by about 1° per m/s.",
        ),
    ),
    (
        "Did the insole do anything?",
        (
            (
                "Best within one run, sensors untouched: set the condition on the live page and take "
                "turns (without, with, without, with; 3 to 5 minutes each). The session page then "
                "compares block with block, a drift through the run taken out."
            ),
            (
                "Between days, the sensors are put on anew, and the detectable change is about twice as "
                "large. Less pain without a change in movement is common, and the other way round."
            ),
        ),
    ),
    (
        "What must not be read into it",
        (
            (
                "Pelvic drop is larger in groups of injured runners, in all injuries alike; it is no "
                "diagnosis, and was unrelated to hip abductor torque (Burnet & Pidcoe 2009)."
            ),
            (
                "Foot mobility did not tell who does better with orthoses (FOHX trial, Matthews et al. "
                "2020). A movement pattern selects no treatment."
            ),
            (
                "A shin sensor sees the rotation of the shin in space: not knee rotation, not pronation, "
                "and not whether the foot or the hip turned it."
            ),
            (
                "Peak drop holds any roll of the pelvis sensor, added on one leg and taken from the "
                "other: judge sides on the excursion."
            ),
        ),
    ),
    (
        "When something is missing",
        (
            (
                "A dash is “not known”, never zero. Fewer than 7 strides give no interval, fewer than 20 "
                "are called few. The quality section says what was lost, clipped or slipped."
            ),
        ),
    ),
)


def help_page(*, for_runner: bool) -> Any:
    """The page.

    Args:
        for_runner: for runners; else for therapists.
    """
    topics = FOR_RUNNERS if for_runner else FOR_THERAPISTS
    title = tr("Help for runners") if for_runner else tr("Help for therapists")
    other = (
        dcc.Link(tr("Help for therapists"), href=routes.HELP_THERAPIST)
        if for_runner
        else dcc.Link(tr("Help for runners"), href=routes.HELP_RUNNER)
    )
    return html.Div(
        [
            html.H1(title),
            html.P(
                [other, " · ", dcc.Link(tr("What the numbers mean"), href=routes.METRICS)],
                className="ls-small",
            ),
            *[
                html.Section(
                    [html.H2(tr(head)), *[html.P(tr(text)) for text in texts]],
                    className="ls-card",
                    **attributes(aria_label=tr(head)),
                )
                for head, texts in topics
            ],
        ],
        id="help-page",
    )
