"""Writes docs/scenarios/: a page and a picture for each named scenario of the simulator.

Run from the root of the project: ``uv run python docs/generate_scenarios.py [NAME …]``. Pages are made
from the scenario files and compared by a test; pictures are made by simulating (some minutes for all).
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from firmware_sim import SimulatedSession, air_packets
from firmware_sim.fault_log import FaultLog
from firmware_sim.profile.uuids import DATA
from firmware_sim.scenarios import Scenario, scenario, scenario_names

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "scenarios"
SEED = 1
RIGHT, LEFT, GREY = "#1f5c99", "#c4661f", "#8a857d"
ACTIVITY = {
    "stand": "#d9d5cf", "squats": "#b9cfe4", "bends": "#b9cfe4", "walk": "#cfe3c8", "run": "#f3dfae",
    "turn": "#e3cfe6", "stairs_up": "#e8c9c0", "stairs_down": "#e8c9c0",
    "single_leg_squat": "#b9cfe4", "step_down": "#b9cfe4", "forward_bends": "#b9cfe4",
}  # fmt: skip
EXCERPT_S = 3.0


def pages() -> dict[str, str]:
    """The pages by file name."""
    names = scenario_names()
    found = {"index.md": _index(names)}
    return found | {f"{name}.md": _page(scenario(name)) for name in names}


def _index(names: tuple[str, ...]) -> str:
    rows = "\n".join(
        f"| [{scenario(n).title}]({n}.md) | `{n}` | {scenario(n).seconds / 60:.0f} min | "
        f"{scenario(n).description} |"
        for n in names
    )
    toc = "\n".join(names)
    return f"""\
# Scenarios

<!-- Written by docs/generate_scenarios.py from firmware_sim/scenario_files; change it there. -->

Named sessions of the [simulator](../simulator.md): what is done, and what goes wrong. Each is a JSON file in
`firmware_sim/scenario_files`; a file of your own goes with `--scenario FILE.json` the same way.

```sh
levelstride simulate --scenario tired-left-drop --out s.mcap --truth t/
levelstride demo --scenario insole-on-off
levelstride sim-sensors --scenario bad-radio
```

| scenario | name | length | what |
|---|---|---|---|
{rows}

```{{toctree}}
:hidden:

{toc}
```
"""


def _page(one: Scenario) -> str:
    rows = "\n".join(_segment_row(row) for row in one.script.as_rows())
    faults = f"Fault level `{one.faults}`."
    if one.overrides:
        changed = ", ".join(f"`{k}={v}`" for k, v in one.overrides.items())
        faults += f" Set otherwise: {changed}."
    runner = ""
    if one.runner:
        runner = "\n\nThe runner: " + ", ".join(f"`{k} = {v}`" for k, v in one.runner.items()) + "."
    return f"""\
# {one.title}

<!-- Written by docs/generate_scenarios.py from firmware_sim/scenario_files; change it there. -->

{one.description}

```sh
levelstride simulate --scenario {one.name} --out s.mcap --truth t/
```

{faults} ([What each fault is](../simulator.md).){runner}

```{{image}} {one.name}.png
:alt: Activities, faults, pelvic drop and tibial rotation per stride, and three seconds of the signals.
```

Seed {SEED}. Dots: truth of the bone at each stride that is valid, right blue, left orange; grey: what the sensor
did, where that differs. The ribbon shows what is done; marks under it what goes wrong.

| activity | from | to | how |
|---|---|---|---|
{rows}
"""


def _segment_row(row: dict[str, object]) -> str:
    end = row["end_s"]
    until = "end" if end is None else f"{end:g} s"
    known = ("activity", "start_s", "end_s", "seconds")
    how = ", ".join(f"{k} {_plain(v)}" for k, v in row.items() if k not in known and v)
    return f"| {str(row['activity']).replace('_', ' ')} | {row['start_s']:g} s | {until} | {how} |"


def _plain(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict | list | tuple) else str(value)


def picture(name: str) -> bytes:
    """The picture of a scenario, PNG."""
    session = SimulatedSession.from_scenario(name, SEED)
    log = FaultLog()
    payloads: dict[str, list[tuple[int, bytes]]] = {}
    for packet in air_packets(session, log=log):
        if packet.characteristic == DATA:
            payloads.setdefault(packet.placement, []).append((packet.arrival_ns, packet.payload))
    strides = session.truth_strides()
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(9.0, 8.2), layout="constrained")
        axes = figure.subplots(4, 1, height_ratios=[1.2, 2, 2, 2])
        _ribbon(axes[0], session, log.frame(session.seconds))
        _dots(axes[1], strides, "cpd_peak", "peak pelvic drop, °", session.seconds)
        _dots(axes[2], strides, "tir_exc", "tibial rotation, °", session.seconds)
        _excerpt(axes[3], session, payloads, strides)
        buffer = io.BytesIO()
        figure.savefig(buffer, dpi=100, metadata={"Software": None})
    image = Image.open(buffer).convert("RGB").quantize(48)
    small = io.BytesIO()
    image.save(small, "PNG", optimize=True)
    return small.getvalue()


def _ribbon(axes: Axes, session: SimulatedSession, faults: pd.DataFrame) -> None:
    for row in session.script.as_rows():
        start = float(str(row["start_s"]))
        end = session.seconds if row["end_s"] is None else float(str(row["end_s"]))
        name = str(row["activity"])
        axes.axvspan(start, end, ymin=0.55, color=ACTIVITY.get(name, "#dddddd"), lw=0)
        if end - start > session.seconds / 25:
            axes.text((start + end) / 2, 0.78, name.replace("_", "\n"), ha="center", va="center")
    kinds = list(dict.fromkeys(faults["fault"]))
    for level, kind in enumerate(kinds):
        y = 0.48 - 0.45 * (level + 0.5) / max(len(kinds), 1)
        these = faults[faults["fault"] == kind]
        length = np.maximum(these["end_s"] - these["start_s"], session.seconds / 900)
        axes.broken_barh(
            list(zip(these["start_s"], length, strict=True)), (y - 0.02, 0.04), color=GREY
        )
        axes.text(session.seconds * 1.005, y, kind.replace("_", " "), va="center", fontsize=7)
    axes.set(xlim=(0, session.seconds), ylim=(0, 1), yticks=[])


def _dots(axes: Axes, strides: pd.DataFrame, metric: str, label: str, seconds: float) -> None:
    valid = strides[strides["valid"]]
    for side, colour in (("right", RIGHT), ("left", LEFT)):
        one = valid[valid["side"] == side]
        differs = (one[f"{metric}_sensor_deg"] - one[f"{metric}_deg"]).abs() > 0.05
        shown = one[differs]
        axes.plot(shown["foot_strike_s"], shown[f"{metric}_sensor_deg"], ".", color=GREY, ms=2)
        axes.plot(one["foot_strike_s"], one[f"{metric}_deg"], ".", color=colour, ms=3, label=side)
    axes.set(xlim=(0, seconds), ylabel=label)
    if len(valid):
        axes.legend(loc="upper right", ncols=2, frameon=False, markerscale=3)
    else:
        axes.text(
            0.5, 0.5, "no valid stride in this scenario", transform=axes.transAxes, ha="center"
        )


def _excerpt(
    axes: Axes,
    session: SimulatedSession,
    payloads: dict[str, list[tuple[int, bytes]]],
    strides: pd.DataFrame,
) -> None:
    middle = strides["foot_strike_s"].median() if len(strides) else session.seconds / 2
    start = float(middle)
    for placement, colour in (("shank_right", RIGHT), ("shank_left", LEFT), ("pelvis", GREY)):
        sensor = next(s for s in session.sensors if s.placement == placement)
        t, norm = _acc_norm_g(payloads.get(placement, []), sensor.part.acc_lsb_m_s2, start)
        axes.plot(t, norm, color=colour, lw=0.9, label=placement.replace("_", " "))
    axes.set(
        xlim=(start, start + EXCERPT_S),
        xlabel="session time, s",
        ylabel="specific force, g",
    )
    axes.legend(loc="upper right", ncols=3, frameon=False)


def _acc_norm_g(
    packets: list[tuple[int, bytes]], scale: float, start_s: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Norm of the accelerations that arrived around the excerpt; the last sample at arrival."""
    times: list[npt.NDArray[np.float64]] = [np.zeros(0)]
    norms: list[npt.NDArray[np.float64]] = [np.zeros(0)]
    for arrival_ns, payload in packets:
        arrival_s = arrival_ns * 1e-9
        if start_s - 0.5 < arrival_s < start_s + EXCERPT_S + 0.5:
            counts = np.frombuffer(payload, "<i2", offset=16).reshape(-1, 6)[:, :3]
            norms.append(np.linalg.norm(counts * scale, axis=1) / 9.80665)
            times.append(arrival_s - (len(counts) - 1 - np.arange(len(counts))) / 200.0)
    return np.concatenate(times), np.concatenate(norms)


def write(names: list[str]) -> Iterator[str]:
    """Write all pages, and the pictures of some scenarios; yields the names done."""
    FOLDER.mkdir(exist_ok=True)
    for file, text in pages().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
    for name in names:
        (FOLDER / f"{name}.png").write_bytes(picture(name))
        yield name


if __name__ == "__main__":
    for done in write(sys.argv[1:] or list(scenario_names())):
        print(done)
