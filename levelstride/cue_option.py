"""The option ``--cue``: feedback asked for on the command line, and how it is given there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console

from pipeline.feedback_cue import Cue
from pipeline.feedback_errors import FeedbackError
from pipeline.feedback_request import CueMetric, FeedbackRequest

CUE_NAMES: dict[str, CueMetric] = {
    "cadence": "cadence_spm",
    "drop": "cpd_peak_deg",
    "rotation": "tir_exc_deg",
}
_PERCENT = re.compile(r"([+-]?\d{1,2}(?:\.\d)?)%")
_ZONE = re.compile(r"(-?\d{1,3}(?:\.\d+)?)\.\.(-?\d{1,3}(?:\.\d+)?)")


class CueType(click.ParamType[FeedbackRequest]):
    """``cadence:+5%``, ``drop:own``, ``drop:reference``, ``rotation:8..12``; with ``@3/8``."""

    name = "METRIC[:TARGET][@SESSION/SESSIONS]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> FeedbackRequest:
        """Take the parts apart, and check them."""
        if isinstance(value, FeedbackRequest):
            return value
        try:
            return parse_cue(str(value))
        except FeedbackError as error:
            self.fail(str(error), param, ctx)


def parse_cue(text: str) -> FeedbackRequest:
    """A request from words.

    Args:
        text: as :class:`CueType` shows.

    Raises:
        FeedbackError: it makes no sense.
    """
    rest, at, course = text.partition("@")
    name, _, target = rest.partition(":")
    if name not in CUE_NAMES:
        raise FeedbackError(
            f"there is no cue {name!r}", remedy=f"Choose one of {', '.join(CUE_NAMES)}"
        )
    fields: dict[str, Any] = {"metric": CUE_NAMES[name]}
    if at:
        numbers = re.fullmatch(r"(\d{1,2})/(\d{1,2})", course)
        if numbers is None:
            raise FeedbackError(
                f"{course!r} is no session of a course", remedy="Write, for example, @3/8"
            )
        fields |= {"session_number": int(numbers[1]), "sessions": int(numbers[2])}
    percent, zone = _PERCENT.fullmatch(target), _ZONE.fullmatch(target)
    if percent is not None and name == "cadence":
        fields["change_percent"] = float(percent[1])
    elif zone is not None:
        fields |= {"basis": "fixed", "low": float(zone[1]), "high": float(zone[2])}
    elif target in ("earlier", "reference"):
        fields["basis"] = target
    elif target not in ("", "own"):
        raise FeedbackError(
            f"{target!r} is no target of {name}",
            remedy="Choose own, earlier, reference, LOW..HIGH, or for cadence a change like +5%",
        )
    return FeedbackRequest(**fields)


cue_option: Callable[[Any], Any] = click.option(
    "--cue",
    type=CueType(),
    help="Give cues: cadence:+5%, drop:own, drop:reference, rotation:8..12; @3/8 after it: third "
    "session of eight, fading in the second half; without it, `live` counts the sessions in the "
    "library. In the terminal: a line and the bell.",
)


def terminal_cues(console: Console) -> Callable[[Cue], None]:
    """What prints a cue and rings the terminal's bell; the bell only where there is a terminal."""

    def give(cue: Cue) -> None:
        unit = "steps/min" if cue.metric == "cadence_spm" else "°"
        zone = f"{cue.zone.low:.1f} to {cue.zone.high:.1f}"
        sign = "▲" if cue.direction == "raise" else "▼"
        console.print(f"{sign} {cue.words}  ({cue.value:.1f}, zone {zone} {unit})", highlight=False)
        console.bell()

    return give
