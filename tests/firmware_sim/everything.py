"""A script with every activity and every ground, for tests of what must hold for all of them."""

from __future__ import annotations

from firmware_sim.body.script import Script

ROWS: list[dict[str, object]] = [
    {"activity": "stand", "seconds": 10},
    {"activity": "squats", "seconds": 8, "repetitions": 3},
    {"activity": "forward_bends", "seconds": 9, "repetitions": 3},
    {"activity": "walk", "seconds": 10},
    {"activity": "walk", "seconds": 10, "bend_radius_m": 10, "bend": "right"},
    {"activity": "turn", "seconds": 3, "turn_deg": 180, "speed_m_s": 1.0},
    {"activity": "walk", "seconds": 6, "grade": 0.08},
    {"activity": "stop", "seconds": 4},
    {"activity": "turn", "seconds": 3, "turn_deg": -90},
    {"activity": "run", "seconds": 10, "speed_m_s": 2.5},
    {"activity": "run", "seconds": 10, "speed_m_s": 4.5, "cpd_deg": [0, 2]},
    {"activity": "run", "seconds": 12, "speed_m_s": 4.0, "bend_radius_m": 15},
    {"activity": "run", "seconds": 10, "grade": -0.1, "camber_deg": 3},
    {"activity": "run", "seconds": 10, "grade": 0.1, "camber_deg": -3},
    {"activity": "stop", "seconds": 3},
    {"activity": "run", "seconds": 10, "speed_m_s": 3.0, "surface": "treadmill"},
    {"activity": "run", "seconds": 8, "speed_m_s": 3.6, "surface": "treadmill"},
    {"activity": "stop", "seconds": 5},
    {"activity": "stairs_up", "seconds": 10},
    {"activity": "walk", "seconds": 6},
    {"activity": "stairs_down", "seconds": 10},
    {"activity": "stop", "seconds": 5},
    {"activity": "single_leg_squat", "seconds": 12, "side": "right", "repetitions": 3},
    {"activity": "stand", "seconds": 4},
    {"activity": "step_down", "seconds": 12, "side": "left", "repetitions": 3},
    {"activity": "stand", "seconds": 10},
]


def everything(wander: float = 1.0) -> Script:
    return Script.from_rows(ROWS, wander)


def starts() -> list[tuple[str, float]]:
    """(Name, start) of every segment, s."""
    found, at = [], 0.0
    for row in ROWS:
        names = [str(row["activity"])]
        names += [k for k in ("bend_radius_m", "grade", "surface") if k in row]
        found.append(("-".join(names), at))
        at += float(str(row["seconds"]))
    return found


SECONDS = sum(float(str(row["seconds"])) for row in ROWS)
