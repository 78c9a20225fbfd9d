"""Truth of single-leg squats and step-downs, repetition by repetition (bone)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.body.model import Body
from firmware_sim.truth.angles import obliquity_rad, pelvis_angles_deg, shank_angles_deg
from firmware_sim.truth.strides import standing_obliquity_rad

if TYPE_CHECKING:
    import pandas as pd

REPETITION_COLUMNS = (
    "task",
    "side",
    "start_s",
    "bottom_s",
    "end_s",
    "duration_s",
    "cpd_peak_deg",
    "pelvis_tilt_deg",
    "pelvis_rotation_deg",
    "shank_inclination_deg",
    "shank_medial_lean_deg",
    "tir_exc_deg",
)
_STEP_S = 0.005


def repetition_table(body: Body, end_s: float) -> pd.DataFrame:
    """All repetitions that end before ``end_s``.

    Args:
        body: A body of its own, at its beginning.
        end_s: End of the session, s.

    Returns:
        Columns ``REPETITION_COLUMNS``, in order of time. ``side`` is the standing leg, ``bottom_s`` the
        middle of the lowest position. Peak drop against the first standing; ranges of pelvic tilt and
        rotation; largest forward inclination and inward lean of the standing shank and its internal
        rotation, each against the start of the repetition.
    """
    reference = np.degrees(standing_obliquity_rad(body))
    rows = []
    for r in body.postures.tasks.all():
        stop = r.start_s + r.period_s
        if stop > end_s:
            break
        t = np.linspace(r.start_s, stop, max(int(r.period_s / _STEP_S), 2))
        pelvis, shank = body.pelvis(t).path_chain, body.shank(t, r.leg).path_chain
        sign = 1.0 if r.leg == 0 else -1.0
        drop = sign * (np.degrees(obliquity_rad(pelvis)) - reference)
        tilt, _, rotation = pelvis_angles_deg(pelvis)
        sagittal, frontal, axial = shank_angles_deg(shank, sign)
        rows.append(
            {
                "task": r.task,
                "side": ("right", "left")[r.leg],
                "start_s": r.start_s,
                "bottom_s": r.start_s + 0.5 * r.period_s,
                "end_s": stop,
                "duration_s": r.period_s,
                "cpd_peak_deg": float(drop.max()),
                "pelvis_tilt_deg": float(np.ptp(tilt)),
                "pelvis_rotation_deg": float(np.ptp(rotation)),
                "shank_inclination_deg": float(sagittal[0] - sagittal.min()),
                "shank_medial_lean_deg": float(frontal[0] - frontal.min()),
                "tir_exc_deg": float(axial.max() - axial[0]),
            }
        )
    import pandas as pd  # slow to import, and only tables need it

    return pd.DataFrame(rows, columns=list(REPETITION_COLUMNS))
