"""Makers' exports that cannot be right: units, columns, rates, time zones, hostile archives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from tests.pipeline.sample_table import ACC, GYR
from tests.pipeline.vendor_files import (
    GRAVITY,
    motion,
    of,
    write_dot,
    write_metawear,
    write_mvnx,
    write_x_imu3,
)
from tests.pipeline.vendor_files2 import write_apdm_format7, write_apdm_named, write_shimmer

FAULTS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "acceleration in g": lambda f: f.assign(**{c: f[c] / GRAVITY for c in ACC}),
    "degrees per second": lambda f: f.assign(**{c: np.degrees(f[c]) for c in GYR}),
    "exchanged quantities": lambda f: f.rename(
        columns=dict(zip([*ACC, *GYR], [*GYR, *ACC], strict=True))
    ),
    "1 Hz": lambda f: f.assign(time_s=f["time_s"] * 100.0),
    "2 kHz": lambda f: f.assign(time_s=f["time_s"] / 20.0),
}
"""What is done to a right movement before it is written as an export."""


def write_mtw(folder: Path, frame: pd.DataFrame) -> list[Path]:
    """MT Manager files; the places are in their names."""
    paths = []
    for place in ("pelvis", "shank_left", "shank_right"):
        part = of(frame, place)
        rate_hz = 1.0 / float(np.median(np.diff(part["time_s"])))
        table = pd.DataFrame({"PacketCounter": np.arange(len(part))})
        for quantity, names in (("Acc", ACC), ("Gyr", GYR)):
            for axis, name in zip("XYZ", names, strict=True):
                table[f"{quantity}_{axis}"] = part[name]
        path = folder / f"{place}.txt"
        path.write_text(f"// Update Rate: {rate_hz:.1f}Hz\n" + table.to_csv(index=False, sep="\t"))
        paths.append(path)
    return paths


MAKERS: dict[str, Callable[[Path, pd.DataFrame], list[Path]]] = {
    "xsens-mtw": write_mtw,
    "xsens-mvnx": lambda folder, frame: [write_mvnx(folder / "a.mvnx", frame, old=True)],
    "movella-dot": write_dot,
    "metawear": write_metawear,
    "x-imu3": write_x_imu3,
    "apdm": lambda folder, frame: [write_apdm_format7(folder / "a.csv", frame)],
    "apdm-named": lambda folder, frame: [write_apdm_named(folder / "a.csv", frame)],
    "shimmer": write_shimmer,
}


EVERY = [(maker, fault) for maker in MAKERS for fault in FAULTS]
SOME = [(maker, [*FAULTS][number % len(FAULTS)]) for number, maker in enumerate(MAKERS)]
"""Every maker and every fault at least once; the rest is for the long run."""


def bad_export(folder: Path, maker: str, fault: str) -> list[Path]:
    """Write an export of a maker with a fault."""
    folder.mkdir(parents=True, exist_ok=True)
    return MAKERS[maker](folder, FAULTS[fault](motion()))


def zipped(paths: list[Path]) -> bytes:
    """Files and folders as one archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            inner = sorted(path.rglob("*")) if path.is_dir() else [path]
            for file in inner:
                archive.write(file, file.relative_to(path.parent))
    return stream.getvalue()


def bomb() -> bytes:
    """An archive of 60 kB whose table would be 60 MB."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run.csv", b"0" * 60_000_000)
    return stream.getvalue()


def outside() -> bytes:
    """An archive with a name that points outside."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../../outside.csv", "time_s\n0\n")
    return stream.getvalue()


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


def entity_bomb(root: str) -> bytes:
    """XML whose entities would fill the memory; the root's name makes it mvnx, gpx or tcx."""
    return f'<?xml version="1.0"?>{ENTITIES}<{root}>&i;</{root}>'.encode()


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zip bomb": ("a.zip", bomb),
    "outside": ("a.zip", outside),
    "entities in mvnx": ("a.mvnx", lambda: entity_bomb("mvnx")),
    "entities in gpx": ("a.gpx", lambda: entity_bomb("gpx")),
    "entities in tcx": ("a.tcx", lambda: entity_bomb("TrainingCenterDatabase")),
}
"""Files made to do harm."""
