"""What the review says about cues: the strides before and after each."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from pipeline.feedback_cue import MARKER_KIND, Cue
from pipeline.feedback_effect import cue_effects, cues_of
from pipeline.feedback_zone import Zone
from sensors.recording_schema import Marker

ZONE = Zone(3.0, 5.0, cue_below=False)


def table(left: list[float]) -> pd.DataFrame:
    """Strides of the left leg that end at 1, 2, 3 … s."""
    return pd.DataFrame(
        {
            "side": "left",
            "valid": True,
            "next_foot_strike_s": [float(k + 1) for k in range(len(left))],
            "cpd_peak_deg": left,
        }
    )


def test_the_stride_that_was_begun_before_the_cue_is_left_out() -> None:
    strides = table([8.0] * 5 + [8.0] + [4.0] * 5)
    cue = Cue(1, 5.0, "cpd_peak_deg", "left", 8.0, 0.3, ZONE)
    effect = cue_effects([cue], strides)[0]
    assert (effect.before, effect.after) == (8.0, 4.0)
    assert effect.towards == pytest.approx(4.0)


def test_a_cue_at_the_end_has_no_after() -> None:
    cue = Cue(1, 3.0, "cpd_peak_deg", "left", 8.0, 0.3, ZONE)
    assert math.isnan(cue_effects([cue], table([8.0] * 3))[0].after)


def test_cues_are_read_back_from_markers_and_other_markers_are_left() -> None:
    cue = Cue(3, 5.0, "cpd_peak_deg", "left", 8.0, 0.3, ZONE)
    markers = [
        Marker(1.0, "new shoe", "marker"),
        Marker(5.0, cue.marker_text(), MARKER_KIND),
        Marker(6.0, cue.marker_text(), "note"),
        Marker(7.0, "cue or so", MARKER_KIND),
    ]
    assert cues_of(markers) == [cue]
