"""The dashboard's words: one place to read, correct and later translate them.

Association, not cause; a movement pattern, not a diagnosis.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.language import tr

APP_NAME = "levelstride"
FOOTER = "For training and research. Not a medical device."
FOOTER_DETAIL = (
    "Numbers describe how someone moved in one session. They show an association at most: "
    "not a cause, not a weak muscle, and not which treatment will work."
)

PHASE_WORDS: Mapping[str, str] = {
    "idle": "Not started",
    "searching": "Looking for sensors",
    "calibrating": "Calibrating",
    "measuring": "Measuring",
    "storing": "Storing",
    "stopped": "Stopped",
    "failed": "Failed",
}

CALIBRATION_WORDS: Mapping[str, str] = {
    "none": "not calibrated",
    "static": "calibrated from standing",
    "functional": "calibrated from standing and movement",
}

GAIT_WORDS: Mapping[str, str] = {"run": "running", "walk": "walking"}

SENSOR_STATE_WORDS: Mapping[str, str] = {
    "searching": "looking for it",
    "connecting": "connecting",
    "configuring": "setting up",
    "streaming": "streaming",
    "recovering": "reconnecting",
    "lost": "lost",
    "unused": "not used",
}

PREPARATION_WORDS: Mapping[str, str] = {
    "stand": "Stand still, both feet loaded.",
    "move": "Standing is done. Now three squats or slow forward bends.",
    "go": "Done. Walk or run.",
}

REFUSAL_WORDS: Mapping[str, str] = {
    "not_still": "That was not still: {sensors} moved. Stand still again; the count starts anew.",
    "gravity": (
        "{sensors} reads something else than gravity at rest. Stand on firm ground; if it stays, "
        "use another sensor."
    ),
    "not_one_axis": (
        "That was not a plain bend: the {sensors} turned sideways, too. Bend straight forward, "
        "both feet loaded, three times; or walk off, the run itself will tell then."
    ),
}
"""Why an attempt at the calibration does not count."""

REFUSED_AGAIN = 3
"""Refusals from which a way round the calibration is shown."""
REFUSED_AGAIN_WORDS: Mapping[str, str] = {
    "not_still": (
        "That was refused {count} times. Tighten the straps, rest a hand on a wall, and breathe "
        "calmly; or walk off: the session goes on, without the drop against standing."
    ),
    "gravity": (
        "That was refused {count} times. Stop, switch that sensor off and on, and start anew; or "
        "leave it out."
    ),
    "not_one_axis": (
        "That was refused {count} times. Leave the squats out and walk off: the run itself tells "
        "how the pelvis sensor sits, less certainly."
    ),
}
"""What to do when attempt after attempt does not count."""

MARK_WORDS: Mapping[str, str] = {
    "marker": "mark",
    "lap": "lap",
    "note": "note",
    "condition": "condition",
}

FIELD_WORDS: Mapping[str, str] = {
    "calibration": "calibration",
    "kind": "kind of calibration",
    "pelvis_axis": "pelvis axis taken from",
    "standing_s": "length of standing used (s)",
    "pelvis_yaw_se_deg": "forward direction of the pelvis sensor, standard error (°)",
    "pelvis_yaw_functional_minus_run_deg": "pelvis axis, movement task against run (°)",
    "worn": "sensors as worn",
    "pelvis_sensor": "place of the pelvis sensor",
    "left_and_right": "sides of the shank sensors",
    "early_fall_deg": "drop of the pelvis after foot strike, early less late stance (°)",
    "tissue_scale": "allowance for soft tissue, times the usual",
    "source_sha256": "digest of the source (SHA-256)",
}
"""Names of quality and provenance entries; an entry that is not here shows its own name."""

VALUE_WORDS = frozenset(
    {"none", "static", "functional", "gait", "fits", "swapped", "cannot tell", "offline", "online"}
)
"""Values of such entries that are words of the program; all others are shown as they are."""

LIVE_HINT = (
    "Stand still for a few seconds after starting, then walk or run. Values appear with the "
    "first strides."
)
EMPTY_LIBRARY_TITLE = "No sessions yet"
EMPTY_LIBRARY = (
    "Sessions appear here when they are stored. Record one on the live page, or analyse a "
    "recording on the command line."
)
ASYMMETRY_NOTE = (
    "Differences are left minus right, in the metric's own unit. Healthy runners differ between "
    "sides too, and no agreed limit exists. Intervals cover the variation between strides and the "
    "errors of measurement that are known. A roll offset of the pelvis sensor adds to the drop "
    "of one side and takes from the other, so compare sides on the excursion, which it leaves alone."
)
FEW_STRIDES = 20
"""Valid strides per leg below which a page says that they are few."""


def live_summary_sentence(phase: str, message: str, sides: Mapping[str, Any]) -> str:
    """State of a live session in one or two sentences, for screen readers.

    Args:
        phase: phase of the session.
        message: what the session tells the runner.
        sides: per side the frame part of ``LiveView``.
    """
    if phase != "measuring":
        return f"{tr(PHASE_WORDS[phase])}. {message}"
    parts = []
    for side, frame in sides.items():
        drop = frame["readouts"]["cpd_peak_deg"]["median"]
        rotation = frame["readouts"]["tir_exc_deg"]["median"]
        if drop or rotation:
            parts.append(
                tr(
                    "{side}: pelvic drop {drop} degrees, tibial rotation {rotation} degrees.",
                    side=tr(side.capitalize()),
                    drop=drop or tr("not known"),
                    rotation=rotation or tr("not known"),
                )
            )
    return " ".join(parts) or tr("Measuring. Not enough strides for a median yet.")
