"""NilsPod (Portabiles): the binary file of one sensor.

A header of ``header[0]`` bytes, then samples of ``header[1]`` bytes each, little-endian: 16-bit
counts of gyroscope and accelerometer, those of other sensors, and a counter of 32 bits that runs at
the sampling rate. The header holds which sensors were on, rate and ranges, start and stop (seconds
since 1970), number of samples, the address of the sensor, and, in its last three bytes, the version
of the firmware. Sensors of a synchronised group share the counter. The scale is that of the range
(counts of 2¹⁵); calibration files are not read. Source of the layout: NilsPodLib (MIT), mad-lab-fau.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError, TimeError
from pipeline.importers.assemble import Place, RawSensor, assemble, not_there
from pipeline.importers.found_sensors import FoundSensor, PlaceSources, choose_places
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.plausibility import STANDARD_GRAVITY
from pipeline.importers.text_table import open_binary, unreadable
from sensors.placement import Placement
from sensors.sample_block import LACKS_ACC, LACKS_GYR

RATES_HZ = {
    1: 1024.0,
    2: 512.0,
    4: 256.0,
    5: 204.8,
    10: 102.4,
    20: 51.2,
    40: 25.6,
    80: 12.8,
    160: 6.4,
}
"""Sampling rate by its code in the header."""

MAX_BYTES = 1 << 30
HEADER_BYTES = 52
LONGEST_HEADER_BYTES = 128
_GYR, _ACC = 0x02, 0x01
# bytes of a sample by sensor, in the order in which they stand there
_SENSOR_BYTES = {
    _GYR: 6,
    _ACC: 6,
    0x04: 6,  # magnetometer
    0x08: 2,  # barometer
    0x10: 6,  # analogue inputs
    0x20: 4,  # ECG
    0x40: 4,  # PPG
    0x80: 2,  # temperature
}
_COUNTER_BYTES = 4
_SYNC_ROLES = (0, 1, 2)
_POSITIONS = {1: "left foot", 2: "right foot", 3: "hip", 4: "wrist", 5: "wrist", 6: "chest"}
_OLDEST = (0, 12)
_UNIX_TIMES_S = (946_684_800, 4_102_444_800)  # years 2000 to 2100
_COUNTS = 32768.0


@dataclass(frozen=True, slots=True)
class _Header:
    size: int
    sample_size: int
    sensors: int
    rate_hz: float
    synced: bool
    acc_range_g: int
    gyr_range_dps: int
    position: str
    started_s: int
    samples: int
    sensor_id: str
    group: bytes
    firmware: tuple[int, int, int]


def is_nilspod(head: bytes) -> bool:
    """Whether the first bytes of a file are a NilsPod header whose parts fit together."""
    return (
        len(head) >= HEADER_BYTES
        and HEADER_BYTES <= head[0] <= LONGEST_HEADER_BYTES
        and head[1] == _sample_bytes(head[2])
        and head[4] in RATES_HZ
        and head[6] in _SYNC_ROLES
    )


def read_nilspod(paths: Sequence[Path], sources: PlaceSources) -> ImportedSamples:
    """Read the NilsPod files of one session.

    Args:
        paths: one file per sensor.
        sources: what tells where the sensors were worn.

    Raises:
        InputError: and its kinds, see :func:`pipeline.importers.assemble.assemble`; also where
            gyroscope and accelerometer were off, the firmware is too old, or sensors were recorded
            without a common clock.
    """
    files = [(Path(path), *_open(Path(path))) for path in paths]
    said: list[str] = []
    found = [_sensor(path, header, data) for path, header, data in files]
    headers = {path: header for path, header, _ in files}
    chosen = choose_places(found, sources, said)
    raw = [sensor.read(place, said) for place, sensor in chosen.items()]
    worn = [headers[sensor.path] for sensor in raw]
    _refuse_own_clocks(raw, worn)
    first_s = min(float(sensor.time_s[0]) for sensor in raw)
    earliest = int(np.argmin([float(sensor.time_s[0]) for sensor in raw]))
    for sensor in raw:
        sensor.time_s[:] -= first_s
    said.append(
        "NilsPod counts are scaled by the range alone; calibration files are not read, so that "
        "offsets and scales may be off by some percent."
    )
    imported = assemble(
        raw,
        format_name="nilspod",
        source="NilsPod, " + ", ".join(sensor.sensor_id for sensor in raw),
        warnings=list(dict.fromkeys(said)),
    )
    low, high = _UNIX_TIMES_S
    if not low < worn[earliest].started_s < high:
        return imported
    started = datetime.fromtimestamp(0, UTC) + timedelta(seconds=worn[earliest].started_s)
    return replace(imported, started_utc=started)


def _sample_bytes(sensors: int) -> int:
    told = sum(size for flag, size in _SENSOR_BYTES.items() if sensors & flag)
    return told + _COUNTER_BYTES


def _open(path: Path) -> tuple[_Header, bytes]:
    try:
        with open_binary(path) as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error) from error
    if len(data) > MAX_BYTES:
        raise InputError(
            f"the file has more than {MAX_BYTES >> 20} MB",
            path=path,
            remedy="Give a shorter recording",
        )
    head = data[: data[0] if data else 0]
    if not is_nilspod(head):
        raise InputError(
            "this is not the header of a NilsPod file",
            path=path,
            remedy="Give the .bin file as the sensor wrote it",
        )
    header = _Header(
        size=head[0],
        sample_size=head[1],
        sensors=head[2],
        rate_hz=RATES_HZ[head[4]],
        synced=head[6] != 0,
        acc_range_g=head[8],
        gyr_range_dps=head[9] * 125,
        position=_POSITIONS.get(head[10], ""),
        started_s=int.from_bytes(head[15:19], "little"),
        samples=int.from_bytes(head[23:27], "little"),
        sensor_id=f"{head[36]:02X}{head[35]:02X}",
        group=head[41:47],
        firmware=(head[-3], head[-2], head[-1]),
    )
    _refuse_unusable(path, header)
    return header, data


def _refuse_unusable(path: Path, header: _Header) -> None:
    version = ".".join(map(str, header.firmware))
    if header.firmware[:2] < _OLDEST:
        raise InputError(
            f"it was written by firmware {version}; files before 0.12 are laid out otherwise",
            path=path,
            remedy="Convert it with NilsPodLib, or update the sensor and record again",
        )
    if not header.sensors & (_ACC | _GYR):
        raise InputError(
            "the file has no motion: accelerometer and gyroscope were off",
            path=path,
            remedy="Record with accelerometer and gyroscope",
        )
    no_acc = header.sensors & _ACC and not header.acc_range_g
    no_gyr = header.sensors & _GYR and not header.gyr_range_dps
    if no_acc or no_gyr:
        raise InputError(
            f"ranges of {header.acc_range_g} g and {header.gyr_range_dps} °/s make no sense",
            path=path,
            remedy="The header is damaged: copy the file again",
        )


def _sensor(path: Path, header: _Header, data: bytes) -> FoundSensor:
    stem = path.name.split(".")[0]
    names = tuple(each for each in (stem, header.position) if each)
    return FoundSensor(header.sensor_id, names, path, _reader(path, header, data))


def _reader(
    path: Path, header: _Header, data: bytes
) -> Callable[[Placement, list[str]], RawSensor]:
    def read(placement: Placement, said: list[str]) -> RawSensor:
        count = (len(data) - header.size) // header.sample_size
        if count < 2:
            raise InputError(
                f"the file holds {count} sample(s)",
                path=path,
                remedy="Give the whole file of a longer recording",
            )
        if abs(count - header.samples) > 2048 // header.sample_size + 1:
            said.append(
                f"The header of the {placement.label} sensor tells of {header.samples} samples, "
                f"the file holds {count}."
            )
        end = header.size + count * header.sample_size
        rows = np.frombuffer(data[header.size : end], dtype=np.uint8).reshape(count, -1)
        has_gyr, has_acc = bool(header.sensors & _GYR), bool(header.sensors & _ACC)
        words = rows[:, : 6 * (has_gyr + has_acc)].copy().view("<i2")
        counter = rows[:, -_COUNTER_BYTES:].copy().view("<u4")[:, 0].astype(np.int64)
        ticks = _through_midnight(counter, header.rate_hz)
        return RawSensor(
            placement=placement,
            path=path,
            time_s=ticks / header.rate_hz,
            acc=words[:, -3:] * (header.acc_range_g / _COUNTS * STANDARD_GRAVITY)
            if has_acc
            else not_there(count),
            gyr=words[:, :3] * (np.deg2rad(header.gyr_range_dps) / _COUNTS)
            if has_gyr
            else not_there(count),
            columns=("counter", *(f"acc_{a}" for a in "xyz"), *(f"gyr_{a}" for a in "xyz")),
            locate=lambda row: Place(None, f" (sample {row + 1})"),
            sensor_id=header.sensor_id,
            lacks=(0 if has_acc else LACKS_ACC) | (0 if has_gyr else LACKS_GYR),
        )

    return read


def _through_midnight(counter: npt.NDArray[np.int64], rate_hz: float) -> npt.NDArray[np.int64]:
    """The counter begins again at midnight; other steps back are found as faults of time."""
    day = round(86_400 * rate_hz)
    falls = (np.diff(counter) < -day // 2) & (counter[1:] < day // 2)
    days = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(falls, dtype=np.int64)))
    unwrapped: npt.NDArray[np.int64] = counter + day * days
    return unwrapped


def _refuse_own_clocks(raw: Sequence[RawSensor], headers: Sequence[_Header]) -> None:
    """Counters can be compared within a group only."""
    if len(raw) < 2:
        return
    for sensor, header in zip(raw, headers, strict=True):
        if not header.synced or header.group != headers[0].group:
            raise TimeError(
                "the sensors were not synchronised: their counters cannot be compared"
                if not header.synced
                else f"it was synchronised with others than {raw[0].path.name}",
                path=sensor.path,
                column="counter",
                remedy="Give the files of one synchronised recording, or one sensor at a time",
            )
