"""``levelstride doctor``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from levelstride.exit_codes import DONE, DOUBTFUL
from levelstride.plain_text import one_line
from levelstride.progress import progress_bar
from sensors.recording_doctor import DoctorReport, Level, examine
from sensors.recording_repair import repair


@click.command(short_help="How a recording is: file, sensors, clocks, losses.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--repair",
    "target",
    type=click.Path(path_type=Path),
    help="Write all that can be read to this new file; the original is not touched.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
def doctor(file: Path, target: Path | None, as_json: bool) -> int:
    """Read a whole recording and say how it is; nothing in it is changed.

    Exit code 3 when something in it is damaged or doubtful.
    """
    with progress_bar() as progress:
        progress("Reading", 0.0)
        report = examine(file)
        repaired = None
        if target is not None:
            progress("Writing", 0.5)
            repaired = repair(file, target)
    if as_json:
        found = _as_object(report)
        if repaired is not None:
            found["repaired"] = {**asdict(repaired), "path": str(repaired.path)}
        click.echo(json.dumps(found))
    else:
        lines = report.lines()
        if repaired is not None:
            lines += repaired.lines()
        elif report.repairable:
            lines.append("`--repair NEW.mcap` writes what can be read to a sound new file.")
        for line in lines:
            click.echo(one_line(line))
    return DOUBTFUL if report.verdict in (Level.WARNING, Level.FAULT) else DONE


def _as_object(report: DoctorReport) -> dict[str, object]:
    return {
        "path": str(report.path),
        "verdict": report.verdict.value,
        "session_uuid": report.session.session_uuid,
        "health": asdict(report.health),
        "sensors": [
            {
                "sensor_id": each.sensor.sensor_id,
                "kind": each.sensor.kind,
                "placement": each.sensor.placement,
                "rate_hz": each.rate_hz,
                "samples": each.samples,
                "lost": each.lost,
                "clipped": each.clipped,
                "repeated": each.repeated,
                "damaged": each.damaged,
                "gaps": [asdict(gap) for gap in each.gaps],
                "skew_ppm": each.skew_ppm,
                "uncertainty_s": each.uncertainty_s,
                "battery_percent": each.battery_percent,
            }
            for each in report.sensors
        ],
        "findings": [asdict(each) for each in report.findings],
    }
