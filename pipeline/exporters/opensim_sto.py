"""OpenSim's orientation files (``.sto``), as its OpenSense workflow reads them.

Two files: the trial, and a calibration pose of one row for OpenSim's ``IMUPlacer``. Columns are
named ``<body>_imu`` after the bodies of OpenSim's models; a cell is a unit quaternion ``w,x,y,z``
that turns sensor axes into the ground frame: x forward, y to the left, z up. OpenSim's own ground
has y up: OpenSense turns ours into it with ``sensor_to_opensim_rotations`` of (-pi/2, 0, 0).

Source: OpenSim documentation, "OpenSense - Kinematics with IMU Data"; read back with OpenSim 4.6.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.errors import CalibrationError, OutputError
from pipeline.exporters.output_place import check_output_file, whole_file
from pipeline.exporters.segment_orientation import segment_orientations
from pipeline.exporters.session_samples import SessionSamples
from pipeline.orientation import FloatArray
from sensors.placement import Placement

BODY_SENSOR = {
    Placement.PELVIS: "pelvis_imu",
    Placement.SHANK_LEFT: "tibia_l_imu",
    Placement.SHANK_RIGHT: "tibia_r_imu",
}
"""Column of each sensor."""
POSE_SUFFIX = "_pose"
DEFAULT_RATE_HZ = 100.0
_OPENSIM_VERSION = "4.5"


def pose_path(trial: Path) -> Path:
    """Where the calibration pose of a trial is written: ``run_pose.sto`` beside ``run.sto``."""
    return trial.with_name(f"{trial.stem}{POSE_SUFFIX}{trial.suffix}")


def check_sto_place(path: Path, inputs: tuple[Path, ...] = (), *, force: bool = False) -> None:
    """See that trial and pose can be written.

    Raises:
        OutputError: another suffix, or as :func:`check_output_file`.
    """
    if path.suffix.lower() != ".sto":
        raise OutputError(
            "OpenSim tells its files by their suffix",
            path=path,
            remedy="Let the file name end in .sto",
        )
    for file in (path, pose_path(path)):
        check_output_file(file, inputs, force=force)


def write_opensim_sto(
    samples: SessionSamples,
    path: Path,
    *,
    rate_hz: float = DEFAULT_RATE_HZ,
    force: bool = False,
) -> tuple[list[Path], tuple[str, ...]]:
    """Write the orientations of a session and the calibration pose beside it.

    Args:
        samples: the session.
        path: trial to write, ending in ``.sto``.
        rate_hz: rows per second.
        force: replace existing files.

    Returns:
        The trial and the pose, and sentences about what is missing or doubtful in them.

    Raises:
        OutputError: a file cannot be written.
        CalibrationError: no sensor could be aligned to the body, or they share no time.
    """
    check_sto_place(path, force=force)
    found = segment_orientations(samples, rate_hz)
    if not len(found.time_s):
        raise CalibrationError(
            "how the sensors sit on the body could not be told, for want of strides",
            reason="axis_not_found",
            where=str(samples.source),
            remedy="Export a session with some walking or running in it",
        )
    placed = [placement for placement in BODY_SENSOR if placement in found.quat]
    names = [BODY_SENSOR[placement] for placement in placed]
    trial = _text(names, rate_hz, found.time_s, [found.quat[p] for p in placed])
    pose = _text(names, rate_hz, np.zeros(1), [found.upright[p][None, :] for p in placed])
    with whole_file(path) as file, whole_file(pose_path(path)) as pose_file:
        file.write_text(trial, encoding="ascii")
        pose_file.write_text(pose, encoding="ascii")
    notes = [
        f"the {placement.label} sensor could not be aligned to the body and is left out"
        for placement in found.absent
    ]
    if not found.from_standing:
        notes.append(
            "nobody stood still: the calibration pose comes from the gait, not from standing"
        )
    return [path, pose_path(path)], tuple(notes)


def _text(names: list[str], rate_hz: float, time_s: FloatArray, quats: list[FloatArray]) -> str:
    lines = [
        f"DataRate={rate_hz:.6f}",
        "DataType=Quaternion",
        "version=3",
        f"OpenSimVersion={_OPENSIM_VERSION}",
        "endheader",
        "\t".join(["time", *names]),
    ]
    columns = [
        [f"{w:.12g},{x:.12g},{y:.12g},{z:.12g}" for w, x, y, z in quat.tolist()] for quat in quats
    ]
    for moment, *cells in zip(time_s.tolist(), *columns, strict=True):
        lines.append("\t".join([f"{moment:.12g}", *cells]))
    return "\n".join(lines) + "\n"
