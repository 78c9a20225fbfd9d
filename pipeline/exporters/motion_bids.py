"""Motion-BIDS: a data set that others read, with the samples as they were measured.

Source: Brain Imaging Data Structure 1.11, "Motion", https://bids-specification.readthedocs.io.
Every sensor is a tracking system of its own, because its clock is: one ``motion.tsv`` per sensor,
on the sensor's own sample grid, with a row of ``n/a`` for every sample that was lost. The strides
are a derivative data set inside, as events.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from pipeline.errors import OutputError
from pipeline.exporters.bids_labels import BidsLabels
from pipeline.exporters.bids_strides import write_stride_events
from pipeline.exporters.output_place import check_output_folder, whole_folder
from pipeline.exporters.session_samples import SessionSamples
from pipeline.importers.imported_samples import SensorSamples
from pipeline.session import Session
from sensors.placement import Placement
from sensors.sample_block import FLAG_CLIPPED_ACC, FLAG_CLIPPED_GYR, LACKS_ACC, LACKS_GYR
from sensors.session_info import SensorInfo

BIDS_VERSION = "1.11.1"
TRACKING_SYSTEM = {
    Placement.PELVIS: "pelvis",
    Placement.SHANK_LEFT: "shankleft",
    Placement.SHANK_RIGHT: "shankright",
}
"""Labels may hold letters and digits only."""
WORN_ON = {
    Placement.PELVIS: "sacrum",
    Placement.SHANK_LEFT: "left shank",
    Placement.SHANK_RIGHT: "right shank",
}
MOST_SPARSE = 10
"""Most samples that may be missing per sample that is there, beyond ten minutes of 200 Hz."""

_CHANNELS = (
    ("acc_x", "x", "ACCEL", "m/s^2", "specific force, +9.81 along up at rest"),
    ("acc_y", "y", "ACCEL", "m/s^2", "specific force, +9.81 along up at rest"),
    ("acc_z", "z", "ACCEL", "m/s^2", "specific force, +9.81 along up at rest"),
    ("gyr_x", "x", "GYRO", "rad/s", "angular rate"),
    ("gyr_y", "y", "GYRO", "rad/s", "angular rate"),
    ("gyr_z", "z", "GYRO", "rad/s", "angular rate"),
    ("latency", "n/a", "LATENCY", "s", "time of the sample on the clock that all sensors share"),
    ("sample_index", "n/a", "MISC", "n/a", "number of the sample; lost samples are counted"),
    ("clipped_acc", "n/a", "MISC", "n/a", "1 where an accelerometer axis stood at its range"),
    ("clipped_gyr", "n/a", "MISC", "n/a", "1 where a gyroscope axis stood at its range"),
)
CHANNEL_COLUMNS = (
    "name",
    "component",
    "type",
    "tracked_point",
    "units",
    "placement",
    "reference_frame",
    "description",
    "sampling_frequency",
)
"""Of ``channels.tsv``; the first five have their order from the standard."""
_ABSENT = ("ANGACCEL", "JNTANG", "MAGN", "ORNT", "POS", "VEL")


def write_motion_bids(
    samples: SessionSamples,
    folder: Path,
    *,
    labels: BidsLabels | None = None,
    strides: Session | None = None,
    force: bool = False,
) -> list[Path]:
    """Write a session into a Motion-BIDS data set; the data set is made if there is none.

    Args:
        samples: what was measured.
        folder: root of the data set. A data set that is there gets the recording added.
        labels: names in the data set.
        strides: the analysed session, for the derivative; None writes none.
        force: replace the recording of the same names.

    Returns:
        The ``motion.tsv`` files.

    Raises:
        OutputError: the folder is something else than a data set, it holds the recording already,
            a label is unusable, or a file cannot be written.
    """
    labels = labels or BidsLabels()
    task = labels.task or _task(samples.conditions)
    check_data_set(folder)
    stems = {
        placement: labels.stem(task, tracking_system=TRACKING_SYSTEM[placement])
        for placement in samples.sensors
    }
    motion = labels.folder / "motion"
    written = [motion / f"{stem}_motion.tsv" for stem in stems.values()]
    for file in written:
        if (folder / file).exists() and not force:
            raise OutputError(
                f"the data set holds {file} already",
                path=folder,
                remedy="Give another --subject, --session or --task, or say --force to replace it",
            )
    with whole_folder(folder) as root:
        if not (folder / "dataset_description.json").exists():
            _write_description(root)
        _write_participants(root, folder, labels)
        (root / motion).mkdir(parents=True)
        for placement, stem in stems.items():
            _write_sensor(
                root / motion / stem,
                samples.sensors[placement],
                samples.devices.get(placement),
                task,
            )
        if samples.started_utc is not None:
            _write_scans(root, folder, labels, written, samples)
        if strides is not None:
            write_stride_events(
                root / "derivatives" / "levelstride",
                labels.folder / "motion" / labels.stem(task),
                strides,
                bids_version=BIDS_VERSION,
            )
    return [folder / file for file in written]


def check_data_set(folder: Path) -> None:
    """See that a folder can be made, or is a data set that can be added to.

    Raises:
        OutputError: it is something else.
    """
    check_output_folder(folder)
    if (
        folder.is_dir()
        and any(folder.iterdir())
        and not (folder / "dataset_description.json").is_file()
    ):
        raise OutputError(
            "the folder holds other things than a Motion-BIDS data set",
            path=folder,
            remedy="Give a new or an empty folder, or a data set to add to",
        )


def _task(conditions: Mapping[str, str]) -> str:
    for name in ("task", "gait"):
        label = re.sub(r"[^A-Za-z0-9]", "", conditions.get(name, ""))
        if label:
            return label[:40]
    return "gait"


def _write_description(root: Path) -> None:
    write_json(
        root / "dataset_description.json",
        {
            "Name": "Body-worn motion sensors on sacrum and shanks",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "raw",
            "GeneratedBy": [{"Name": "levelstride", "Version": version("levelstride")}],
        },
    )
    (root / "README").write_text(_README, encoding="utf-8")


def _write_participants(root: Path, folder: Path, labels: BidsLabels) -> None:
    known = folder / "participants.tsv"
    lines = known.read_text(encoding="utf-8").splitlines() if known.is_file() else []
    if not lines:
        lines = ["participant_id\tspecies"]
        write_json(
            root / "participants.json", {"species": {"Description": "binomial species name"}}
        )
    columns = lines[0].split("\t")
    subject = f"sub-{labels.subject}"
    if any(line.split("\t")[0] == subject for line in lines[1:]):
        return
    row = {"participant_id": subject, "species": "homo sapiens"}
    lines.append("\t".join(row.get(column, "n/a") for column in columns))
    (root / "participants.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_scans(
    root: Path, folder: Path, labels: BidsLabels, files: list[Path], samples: SessionSamples
) -> None:
    """The moment of latency zero of every file."""
    name = labels.folder / f"{labels.person}_scans.tsv"
    started = samples.started_utc
    if started is None:
        return
    moment = started.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
    rows: dict[str, str] = {}
    header = "filename\tacq_time"
    if (folder / name).is_file():
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        if lines and lines[0] == header:
            rows = dict(line.split("\t", 1) for line in lines[1:] if "\t" in line)
    rows |= {file.relative_to(labels.folder).as_posix(): moment for file in files}
    text = "\n".join([header, *(f"{file}\t{when}" for file, when in rows.items())])
    (root / name).write_text(text + "\n", encoding="utf-8")


def _write_sensor(stem: Path, sensor: SensorSamples, device: SensorInfo | None, task: str) -> None:
    placement = sensor.placement
    rows = int(sensor.index[-1] - sensor.index[0]) + 1
    if rows > MOST_SPARSE * len(sensor) + 120_000:
        raise OutputError(
            f"the {placement.label} sensor has {len(sensor)} samples and lacks "
            f"{rows - len(sensor)}, too many to write a row for each",
            path=stem,
            remedy="Export the parts of the recording one by one",
        )
    _write_motion(stem.with_name(stem.name + "_motion.tsv"), sensor, rows)
    nominal_hz = device.rate_hz if device is not None and device.rate_hz else sensor.rate_hz
    lines = ["\t".join(CHANNEL_COLUMNS)]
    channels_there = _channels_of(sensor)
    for name, component, kind, unit, words in channels_there:
        frame = "sensor" if kind in ("ACCEL", "GYRO") else "n/a"
        lines.append(
            f"{placement.value}_{name}\t{component}\t{kind}\t{placement.value}\t{unit}"
            f"\t{WORN_ON[placement]}\t{frame}\t{words}\t{nominal_hz!r}"
        )
    channels = stem.with_name(stem.name + "_channels.tsv")
    channels.write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_json(
        stem.with_name(stem.name + "_channels.json"),
        {
            "reference_frame": {
                "Description": "Frame that the numbers of a channel are given in.",
                "Levels": {
                    "sensor": {
                        "SpatialAxes": "n/a",
                        "RotationRule": "right-hand",
                        "RotationOrder": "n/a",
                        "Description": "Axes of the sensor's housing as it was strapped on, "
                        "right-handed; not aligned with the body.",
                    }
                },
            }
        },
    )
    facts: dict[str, Any] = {
        "TaskName": task,
        "TaskDescription": "Overground or treadmill gait with body-worn motion sensors",
        "SamplingFrequency": nominal_hz,
        "SamplingFrequencyEffective": sensor.rate_hz,
        "RecordingType": "continuous",
        "RecordingDuration": float(sensor.time_s[-1] - sensor.time_s[0]),
        "TrackingSystemName": f"inertial measurement unit, {placement.label}",
        "TrackedPointsCount": 1,
        "MotionChannelCount": len(channels_there),
        **{f"{kind}ChannelCount": 0 for kind in (*_ABSENT, "ACCEL", "GYRO")},
        **{
            f"{kind}ChannelCount": count
            for kind, count in Counter(channel[2] for channel in channels_there).items()
        },
        "MissingValues": "n/a",
        "SoftwareVersions": f"levelstride {version('levelstride')}",
    }
    if device is not None:
        facts["ManufacturersModelName"] = device.kind
        if device.serial:
            facts["DeviceSerialNumber"] = device.serial
    write_json(stem.with_name(stem.name + "_motion.json"), facts)


def _channels_of(sensor: SensorSamples) -> list[tuple[str, str, str, str, str]]:
    """The channels that a sensor has; a quantity that it lacks has none."""
    absent = {
        kind
        for kind, lacked in (("ACCEL", LACKS_ACC), ("GYRO", LACKS_GYR))
        if sensor.lacks & lacked
    }
    computed = {
        kind for kind, bit in (("ACCEL", LACKS_ACC), ("GYRO", LACKS_GYR)) if sensor.computed & bit
    }
    return [
        (*channel[:4], f"{channel[4]}, computed from orientation")
        if channel[2] in computed
        else channel
        for channel in _CHANNELS
        if channel[2] not in absent
    ]


def _write_motion(path: Path, sensor: SensorSamples, rows: int) -> None:
    """The table without a header: one row per sample of the device, lost ones ``n/a``."""
    at = sensor.index - sensor.index[0]
    there = np.zeros(rows, np.bool_)
    there[at] = True
    which = np.cumsum(there) - 1  # the sample at or before each row

    def column(values: np.ndarray[Any, Any]) -> pa.Array:
        text = pc.cast(pa.array(values[which]), pa.string())
        return pc.if_else(pa.array(there), text, "n/a") if rows > len(sensor) else text

    positions = np.arange(rows)
    latency = np.interp(positions, at, sensor.time_s)
    latency[at] = sensor.time_s
    columns = []
    for values, lacked in ((sensor.acc, LACKS_ACC), (sensor.gyr, LACKS_GYR)):
        if not sensor.lacks & lacked:
            columns += [column(values[:, axis]) for axis in range(3)]
    columns.append(pc.cast(pa.array(latency), pa.string()))
    columns.append(pc.cast(pa.array(positions + int(sensor.index[0])), pa.string()))
    for flag in (FLAG_CLIPPED_ACC, FLAG_CLIPPED_GYR):
        columns.append(column(((sensor.flags & flag) != 0).astype(np.int8)))
    table = pa.table(columns, names=[name for name, *_ in _channels_of(sensor)])
    options = arrow_csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
    arrow_csv.write_csv(table, path, options)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a sidecar file."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


_README = """\
Motion sensors on the sacrum and the shanks

Each sensor is a tracking system of its own (tracksys-pelvis, -shankleft, -shankright), on its own
sample grid. Acceleration is specific force in m/s^2 (+9.81 along "up" at rest), angular rate is in
rad/s, both in the axes of the sensor's housing as it was strapped on. The latency channel is the
time of each sample in seconds on one clock for all sensors; its zero is the acq_time of the
scans.tsv file, where that is known. Samples that were lost are rows of n/a.

derivatives/levelstride holds one event per stride with its metrics.

The sensors' data tell nothing about a person's name; the participant labels were chosen when the
data set was written. For training and research. Not a medical device.
"""
