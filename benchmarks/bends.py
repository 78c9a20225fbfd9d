"""Peak drop on straights and in bends of drawn people: the table of docs/validation.md.

Run: ``uv run python benchmarks/bends.py [--people 8] [--first-seed 650000] [--faults field]``. Laps of a track, or
straights between bends of 15 to 60 m to either side, run by four in five people and walked by the others.
Errors are against the frame that the pelvis sensor carries, intervals are held against the bone.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from firmware_sim import SimulatedSession
from firmware_sim.body.script import Script
from firmware_sim.imu.faults import FaultLevel
from levelstride.validation.drawn_people import PREPARATION, recorded
from pipeline.analyse_file import analyse_recording
from pipeline.stride import SIDES, Gait

EDGE_S = 4.0
"""Left out in a bend at either end: it is entered and left within two seconds."""
SAME_STRIDE_S = 0.08
FEWEST = 10
TRACK_STRAIGHT_M, TRACK_RADIUS_M = 84.4, 36.8


def drawn(seed: int, faults: FaultLevel) -> SimulatedSession:
    """One person's session."""
    random = np.random.default_rng(seed)
    gait: Gait = "walk" if random.random() < 0.2 else "run"
    speed = random.uniform(0.9, 1.8) if gait == "walk" else random.uniform(2.2, 4.7)
    kind = str(random.choice(["track", "mixed", "road"]))
    seconds = random.uniform(240, 480)
    rows: list[dict[str, str | float]] = [dict(row) for row in PREPARATION]
    usual_radius = random.uniform(15, 60)
    now = sum(float(row["seconds"]) for row in PREPARATION)
    walked: dict[str, str | float] = {"activity": gait, "speed_m_s": speed}
    while now < seconds:
        straight_s = {
            "track": TRACK_STRAIGHT_M / speed,
            "mixed": random.uniform(5, 40),
            "road": random.uniform(20, 60),
        }[kind]
        radius = TRACK_RADIUS_M if kind == "track" else usual_radius
        radius = radius if kind != "road" else random.uniform(15, 60)
        angle = np.pi if kind == "track" else np.radians(random.uniform(60, 200))
        side = "left" if kind == "track" else str(random.choice(["left", "right"]))
        bend_s = max(2.0, angle * radius / speed)
        rows.append({**walked, "seconds": round(straight_s, 2)})
        rows.append({**walked, "seconds": round(bend_s, 2), "bend_radius_m": radius, "bend": side})
        now += straight_s + bend_s
    return SimulatedSession(
        now, seed, gait=gait, faults=faults, script=Script.from_rows(rows, wander=1.0)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=650000)
    parser.add_argument("--faults", choices=("none", "field", "harsh"), default="field")
    a = parser.parse_args()
    errors: dict[tuple[str, str], list[float]] = defaultdict(list)
    held: dict[tuple[str, str], list[float]] = defaultdict(list)
    seeds = range(a.first_seed, a.first_seed + a.people)
    sessions = ((f"seed {seed}", drawn(seed, a.faults)) for seed in seeds)
    for who, session, path in recorded(sessions):
        strides, truth = analyse_recording(path).strides, session.truth_strides()
        gait = session.script.segments[-1].activity
        for side in SIDES:
            mine = [
                s
                for s in strides
                if s.side == side and s.valid and s.gait == gait and "cpd_peak_deg" in s.metrics
            ]
            true = truth[(truth["side"] == side) & truth["valid"] & (truth["gait"] == gait)]
            strikes_s = true["foot_strike_s"].to_numpy(np.float64)
            rows: list[tuple[float, ...]] = []
            for stride in mine:
                near = int(np.argmin(np.abs(strikes_s - stride.foot_strike_s)))
                if abs(strikes_s[near] - stride.foot_strike_s) > SAME_STRIDE_S:
                    continue
                found, row = stride.metrics["cpd_peak_deg"], true.iloc[near]
                holds = abs(found - row["cpd_peak_deg"]) < (
                    1.96 * stride.standard_errors["cpd_peak_deg"]
                )
                place = next(
                    s
                    for s in reversed(session.script.segments)
                    if s.start_s <= stride.foot_strike_s
                )
                edge_s = min(
                    stride.foot_strike_s - place.start_s, place.end_s - stride.foot_strike_s
                )
                straight = place.bend_radius_m is None
                rows.append(
                    (
                        found - row["cpd_peak_sensor_deg"],
                        holds,
                        straight,
                        not straight and edge_s > EDGE_S,
                        "turning" in stride.flags,
                    )
                )
            off, holds_all, straights, bends, turning = np.array(rows).reshape(-1, 5).T
            for name, chosen in (("straights", straights > 0), ("bends", bends > 0)):
                if chosen.sum() >= FEWEST:
                    errors[gait, name].append(float(np.sqrt(np.mean(off[chosen] ** 2))))
            for name, chosen in (("straights", straights > 0), ("flagged", turning > 0)):
                if chosen.sum() >= FEWEST:
                    held[gait, name].append(float(np.mean(holds_all[chosen])))
        print(f"{who}, {gait}: {len(strides)} strides", file=sys.stderr)
    print(f"faults {a.faults}, {a.people} people from seed {a.first_seed} on")
    for (kind, name), values in errors.items():
        middle, most = np.median(values), np.quantile(values, 0.95)
        print(
            f"{kind}, {name}: RMSE of cpd_peak_deg, {len(values)} legs, median {middle:.2f}, "
            f"95 % of legs {most:.2f}, worst {max(values):.2f}"
        )
    for (kind, name), shares in held.items():
        print(f"{kind}, {name}: intervals hold in {np.mean(shares):.1%}, {len(shares)} legs")


if __name__ == "__main__":
    main()
