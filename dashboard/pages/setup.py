"""The set-up's skeleton: five steps, one shown at a time; ``assets/setup.js`` gives it life."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard import routes
from dashboard.client_words import client_words
from dashboard.language import language, tr
from dashboard.parts.attributes import attributes
from dashboard.parts.live_controls import button, text_field
from dashboard.parts.notice import notice
from dashboard.parts.preparation import preparation_box

STEPS = {
    "find": "Find the sensors",
    "assign": "Say where each is worn",
    "wear": "Put them on",
    "signal": "Check the signal",
    "calibrate": "Calibrate",
}
"""Steps in order: key to heading."""
PICTURES = {"en": "/assets/wearing.svg", "de": "/assets/wearing-de.svg"}
"""Where the sensors are worn, by language."""


def _step(key: str, *content: Any, back: bool = True, forward: str = "Next") -> Any:
    buttons = []
    if back:
        buttons.append(button(f"setup-{key}-back", tr("Back")))
    if forward:
        buttons.append(button(f"setup-{key}-next", tr(forward), primary=True))
    return html.Section(
        [
            html.H2(tr(STEPS[key]), id=f"setup-{key}-title", tabIndex=-1),
            *content,
            html.Div(buttons, className="ls-controls ls-below"),
        ],
        id=f"setup-{key}",
        className="ls-card ls-step",
        hidden=True,
        **attributes(data_step=key, aria_labelledby=f"setup-{key}-title"),
    )


def _find() -> Any:
    return _step(
        "find",
        html.P(
            tr(
                "Switch the sensors on and lay them near the computer. A sensor that is connected to a "
                "phone or to another program is not seen: end that first."
            )
        ),
        html.Div(
            [button("setup-find-start", tr("Find sensors"), primary=True)], className="ls-controls"
        ),
        html.P(id="setup-find-status", role="status", className="ls-below"),
        html.Ul(id="setup-found", className="ls-plain"),
        back=False,
    )


def _assign() -> Any:
    return _step(
        "assign",
        html.P(
            tr(
                "“Blink” makes one sensor light up or buzz. Choose where that one is worn. What is "
                "chosen is remembered on this computer."
            )
        ),
        html.Ul(id="setup-places", className="ls-plain"),
        html.P(id="setup-assign-status", role="status", className="ls-below"),
        forward="Take over and go on",
    )


def _wear() -> Any:
    return _step(
        "wear",
        html.Img(
            src=PICTURES[language()],
            alt=tr(
                "One sensor on a belt over the sacrum, between the two dimples above the buttocks. "
                "One on the flat inner face of each shin, a hand below the knee."
            ),
            className="ls-picture",
        ),
        html.Ul(
            [
                html.Li(
                    tr(
                        "Pelvis: on the bone between the two dimples above the buttocks, under a tight "
                        "elastic belt, not on the soft part above it."
                    )
                ),
                html.Li(
                    tr(
                        "Shanks: on the flat inner face of the shin, a hand's width below the knee, "
                        "bone under the sensor."
                    )
                ),
                html.Li(
                    tr(
                        "Any side may point up or out. What matters is that nothing moves afterwards."
                    )
                ),
            ]
        ),
        forward="They are on",
    )


def _signal() -> Any:
    return _step(
        "signal",
        html.P(
            tr("Recording begins here, so that nothing is lost. Stand or walk about as you like.")
        ),
        html.Div(
            [
                text_field("setup-runner", tr("Runner (name or code)")),
                text_field("setup-condition", tr("Condition"), placeholder=tr("insole on")),
                button("setup-start", tr("Start and check"), primary=True),
                button("setup-stop", tr("Stop")),
            ],
            className="ls-controls",
        ),
        html.P(id="setup-signal-status", role="status", className="ls-below"),
        html.Div(html.Ul(id="setup-notices", className="ls-notices", hidden=True), role="status"),
        html.Ul(id="setup-sensors", className="ls-sensors"),
        html.P(
            html.Button(
                tr("Find the sensors again"),
                id="setup-refind",
                type="button",
                className="ls-button",
            ),
            id="setup-signal-failed",
            hidden=True,
        ),
    )


def _calibrate() -> Any:
    return _step(
        "calibrate",
        preparation_box("setup-preparation"),
        html.P(id="setup-calibrate-status", role="status"),
        html.Div(
            html.Ul(id="setup-calibrate-notices", className="ls-notices", hidden=True),
            role="status",
        ),
        html.P(
            tr(
                "The squats may be left out: walk off, and the run itself tells how the pelvis sensor "
                "sits, less certainly. Without standing still, pelvic drop against standing is not "
                "known."
            ),
            className="ls-dim ls-small",
        ),
        html.P(dcc.Link(tr("Go to the live page"), href=routes.LIVE, id="setup-to-live")),
        forward="",
    )


def setup_page() -> Any:
    """The set-up before its first state."""
    return html.Div(
        [
            html.H1(tr("Set up the sensors")),
            html.Ol(
                [
                    html.Li(tr(words), **attributes(data_progress=key))
                    for key, words in STEPS.items()
                ],
                className="ls-steps",
                **attributes(aria_label=tr("Steps")),
            ),
            _find(),
            _assign(),
            _wear(),
            _signal(),
            _calibrate(),
        ],
        id="setup-root",
        **attributes(
            data_socket=routes.LIVE_SOCKET,
            data_poll=routes.LIVE_SNAPSHOT,
            data_start=routes.LIVE_START,
            data_stop=routes.LIVE_STOP,
            data_state=routes.SETUP_STATE,
            data_find=routes.SETUP_FIND,
            data_blink=routes.SETUP_BLINK,
            data_assign=routes.SETUP_ASSIGN,
            data_words=client_words(),
        ),
    )


def no_setup_page() -> Any:
    """What ``/setup`` says when there is nothing to set up."""
    return notice(
        tr("No sensors here"),
        tr(
            "This dashboard was started for review, or with a virtual runner whose sensors are set "
            "up already. To set up sensors, run “levelstride live”."
        ),
        links=((tr("Go to the sessions"), routes.SESSIONS),),
    )
