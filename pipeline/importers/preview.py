"""What an import would take over, in plain lines, before anything is written."""

from __future__ import annotations

import numpy as np

from pipeline.importers.imported_samples import ImportedSamples, SensorSamples
from pipeline.importers.plausibility import gravity_level
from sensors.sample_block import LACKS_ACC, LACKS_GYR


def preview_lines(imported: ImportedSamples) -> list[str]:
    """Describe samples that an importer has read: one line per sensor, then what is doubtful."""
    when = (
        "start not known"
        if imported.started_utc is None
        else f"start {imported.started_utc:%Y-%m-%d %H:%M:%S} UTC"
    )
    lines = [f"{imported.format}: {imported.source}", f"{imported.duration_s:.1f} s, {when}"]
    for placement, sensor in imported.sensors.items():
        first, last = float(sensor.time_s[0]), float(sensor.time_s[-1])
        lines.append(
            f"{placement.value}: sensor {sensor.sensor_id or '(no id)'}, {len(sensor)} samples at "
            f"{sensor.rate_hz:.4g} Hz, {first:.2f} to {last:.2f} s, {sensor.lost_samples} lost, "
            f"{_acceleration(sensor)}, {_turning(sensor)}"
        )
    lines.extend(f"Note: {said}" for said in imported.warnings)
    return lines


def _acceleration(sensor: SensorSamples) -> str:
    if sensor.lacks & LACKS_ACC:
        return "no acceleration"
    return f"gravity {gravity_level(sensor.acc, sensor.rate_hz):.2f} m/s²"


def _turning(sensor: SensorSamples) -> str:
    if sensor.lacks & LACKS_GYR:
        return "no angular rate"
    size = np.linalg.norm(sensor.gyr, axis=1)
    return f"turning up to {np.degrees(float(np.percentile(size, 99.5))):.0f} °/s"
