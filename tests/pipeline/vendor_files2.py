"""Small exports of APDM, Shimmer and NilsPod, written as their software writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tests.pipeline.sample_table import ACC, GYR
from tests.pipeline.vendor_files import of

LABELS = {"pelvis": "Lumbar", "shank_left": "Left Lower Leg", "shank_right": "Right Lower Leg"}


def write_apdm_format7(path: Path, frame: pd.DataFrame) -> Path:
    """Three header lines, microseconds since 1970, no units; pelvis 5718, shanks 5719 and 5720."""
    parts = [of(frame, placement) for placement in LABELS]
    tops, quantities, axes = "Format=7", "Time", ""
    for number, label in enumerate(LABELS.values()):
        tops += f",{5718 + number},,,{label},,"
        quantities += ",Accelerometer,,,Gyroscope,,"
        axes += ",X,Y,Z,X,Y,Z"
    lines = [tops, quantities, axes]
    values = np.hstack([np.array(part[[*ACC, *GYR]]) for part in parts])
    for time_s, row in zip(parts[0]["time_s"], values, strict=True):
        stamp = f"{1_700_000_000_000_000 + round(time_s * 1e6)}"
        lines.append(",".join([stamp, *(f"{value:.7f}" for value in row)]))
    path.write_text("\n".join(lines) + "\n")
    return path


def write_apdm_named(
    path: Path,
    frame: pd.DataFrame,
    *,
    rate_hz: float = 100.0,
    acc_unit: str = "m/s^2",
    gyr_unit: str = "rad/s",
    delimiter: str = ",",
    leave_out: str = "",
) -> Path:
    """``sensor/quantity/axis`` columns with a line of units; acceleration may be in g, too."""
    factors = {"m/s^2": 1.0, "g": 1 / 9.80665, "rad/s": 1.0, "deg/s": 180 / np.pi}
    columns = {"Time": ("s", np.array(of(frame, "pelvis")["time_s"]))}
    for placement, label in LABELS.items():
        part = of(frame, placement)
        for quantity, names, unit in (
            ("Acceleration", ACC, acc_unit),
            ("Angular Velocity", GYR, gyr_unit),
        ):
            for axis, name in zip("XYZ", names, strict=True):
                columns[f"{label}/{quantity}/{axis}"] = (
                    unit,
                    np.array(part[name]) * factors.get(unit, 1.0),
                )
        columns[f"{label}/Temperature/Scalar"] = ("deg C", np.full(len(part), 22.5))
    kept = {
        name: column for name, column in columns.items() if not leave_out or leave_out not in name
    }
    lines = [
        delimiter.join(["Test Name:", "a run"]),
        delimiter.join(["Sample Rate:", f"{rate_hz:g}", "Hz"]),
        delimiter.join(kept),
        delimiter.join(unit for unit, _ in kept.values()),
    ]
    lines += [
        delimiter.join(f"{value:.9g}" for value in row)
        for row in np.column_stack([values for _, values in kept.values()])
    ]
    path.write_text("\r\n".join(lines) + "\r\n")
    return path


def write_shimmer(
    folder: Path,
    frame: pd.DataFrame,
    *,
    delimiter: str = "\t",
    time: str = "Timestamp_Unix_CAL",
    units: bool = True,
    kinds: str = "Accel_LN Accel_WR Gyro",
    form: str = "_CAL",
    gyr_unit: str = "deg/s",
) -> list[Path]:
    """One file per sensor; the low-noise accelerometer ends at 2 g. Ids are 40A0 to 40A2."""
    paths = []
    for number, (placement, label) in enumerate(LABELS.items()):
        part = of(frame, placement)
        own = f"Shimmer_40A{number}_"
        stamps = 1_700_000_000_000 + 1000 * np.array(part["time_s"])
        if "Formatted" in time:
            told = pd.to_datetime(stamps, unit="ms").strftime("%Y/%m/%d %H:%M:%S.%f").str[:-3]
            columns = {f"{own}{time}": ("yyyy/mm/dd hh:mm:ss.000", list(told))}
        else:
            columns = {f"{own}{time}": ("ms", [f"{stamp:.4f}" for stamp in stamps])}
        for kind in kinds.split():
            values = np.array(part[GYR if kind == "Gyro" else ACC])
            values = np.rad2deg(values) if kind == "Gyro" else values
            values = np.clip(values, -19.6, 19.6) if kind == "Accel_LN" else values
            for axis, column in zip("XYZ", values.T, strict=True):
                unit = gyr_unit if kind == "Gyro" else "m/(s^2)"
                columns[f"{own}{kind}_{axis}{form}"] = (unit, [f"{each:.7f}" for each in column])
        lines = [f'"sep={delimiter}"', delimiter.join(columns) + delimiter]
        if units:
            lines.append(delimiter.join(unit for unit, _ in columns.values()) + delimiter)
        cells = zip(*(texts for _, texts in columns.values()), strict=True)
        lines += [delimiter.join(row) + delimiter for row in cells]
        path = folder / f"{label} Session1_40A{number}_Calibrated_SD.csv"
        path.write_text("\n".join(lines) + "\n")
        paths.append(path)
    return paths


def write_nilspod(
    folder: Path,
    frame: pd.DataFrame,
    *,
    rate_code: int = 10,
    sensors: int = 0x83,
    sync_role: int = 2,
    firmware: tuple[int, int, int] = (0, 18, 0),
    first: tuple[int, int, int] = (5_000_000, 5_000_000, 5_000_002),
) -> list[Path]:
    """One file per sensor, 16 g and 2000 °/s; ``sensors`` may be gyr 2, acc 1, baro 8, temp 128."""
    paths = []
    for number, (placement, label) in enumerate(LABELS.items()):
        part = of(frame, placement)
        counts = {
            0x02: np.rint(np.rad2deg(np.array(part[GYR])) * 32768 / 2000),
            0x01: np.rint(np.array(part[ACC]) / 9.80665 * 32768 / 16),
            0x08: np.zeros((len(part), 1)),
            0x80: np.zeros((len(part), 1)),
        }
        kept = [values for flag, values in counts.items() if sensors & flag]
        words = np.hstack(kept).clip(-32768, 32767).astype("<i2", order="C")
        counter = first[number] + np.arange(len(part), dtype="<u4")
        rows = np.hstack([words.view(np.uint8), counter.astype("<u4")[:, None].view(np.uint8)])
        header = bytearray(52)
        header[0:4] = bytes([52, rows.shape[1], sensors, 0])
        header[4:10] = bytes([rate_code, 0x20, sync_role, 3, 16, 16])
        header[15:19] = (1_700_000_000).to_bytes(4, "little")
        header[19:23] = (1_700_000_009).to_bytes(4, "little")
        header[23:27] = len(part).to_bytes(4, "little")
        header[35:41] = bytes([0xA0 + number, 0x6F, 4, 0x51, 0x88, 0x6A])
        header[41:46] = b"\xde\xad\xbe\xef\x19"
        header[49:52] = bytes(firmware)
        path = folder / f"{label} NilsPodX-6FA{number}.bin"
        path.write_bytes(bytes(header) + rows.tobytes())
        paths.append(path)
    return paths
