"""Says how a recording is: the file, the sensors in it, their clocks. Nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sensors.drivers.base import BATTERY_LEVEL
from sensors.drivers.imported_samples import computed_of, lacks_of
from sensors.drivers.registry import kinds, side_kinds
from sensors.errors import SensorError
from sensors.placement_check import PlacementChecker
from sensors.recording_health import RecordingHealth
from sensors.recording_reader import RecordingReader
from sensors.recording_schema import StatusEntry
from sensors.sample_block import SampleBlock, lacking
from sensors.session_info import SensorInfo, SessionInfo
from sensors.shared_event import LagWatch

RATE_OFF = 0.02
"""Difference of true and stated sampling rate that is worth a word, as a fraction."""
LOSS_SHARE = 0.01
"""Share of lost samples that is worth a word."""
LONG_GAP_S = 0.5
EARLY_END_S = 5.0
"""A sensor that ends so much before the recording is named."""
CLIPPED_SHARE = 0.001
LOW_BATTERY_PERCENT = 15
UNCERTAIN_S = 0.01
"""Uncertainty of session time that is worth a word: strides are measured to about that."""
_GAPS_NAMED = 5


class Level(StrEnum):
    """How much a finding matters."""

    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    Attributes:
        level: how much it matters.
        subject: ``file``, or the sensor in words.
        text: one sentence.
    """

    level: Level
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples missing in the middle of a stream.

    Attributes:
        start_s: session time of the last sample before.
        duration_s: from there to the first sample after.
        samples: how many are missing.
    """

    start_s: float
    duration_s: float
    samples: int


@dataclass(slots=True)
class SensorReport:
    """What a recording holds of one sensor.

    Attributes:
        sensor: the sensor as configured last.
        notifications: messages of all its characteristics.
        start_s: session time of its first sample; None without samples.
        end_s: session time of its last sample; None without samples.
        rate_hz: sampling rate that its packets show; 0 when unknown.
        samples, lost, clipped, repeated, damaged: see :class:`sensors.sample_counts.SampleCounts`.
        gaps: where samples are missing, in order.
        clocks: clocks of the device; more than one if it restarted.
        skew_ppm: how much faster session time runs than its first clock.
        uncertainty_s: half width of what its session times can be; None where no clock is fitted.
        battery_percent: first and last level told; None when none was.
    """

    sensor: SensorInfo
    notifications: int = 0
    start_s: float | None = None
    end_s: float | None = None
    rate_hz: float = 0.0
    samples: int = 0
    lost: int = 0
    clipped: int = 0
    repeated: int = 0
    damaged: int = 0
    gaps: list[Gap] = field(default_factory=list)
    clocks: int = 0
    skew_ppm: float = 0.0
    uncertainty_s: float | None = None
    battery_percent: tuple[int, int] | None = None

    @property
    def label(self) -> str:
        """Words for people."""
        placement = self.sensor.placement
        if placement is not None:
            return placement.label
        what = self.sensor.kind.replace("_", " ") if self.sensor.kind in side_kinds() else "sensor"
        return f"{what} {self.sensor.sensor_id}"

    @property
    def loss_share(self) -> float:
        """Share of the samples taken that never came."""
        return self.lost / max(1, self.samples + self.lost)


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """How a recording is.

    Attributes:
        path: the file.
        session: what it is about.
        health: how much of the file can be read.
        sensors: what it holds of each sensor, in the order of placements.
        findings: everything found, the file first; the worst level is the verdict.
    """

    path: Path
    session: SessionInfo
    health: RecordingHealth
    sensors: tuple[SensorReport, ...]
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Level:
        """The worst that was found."""
        return max((each.level for each in self.findings), key=list(Level).index)

    @property
    def repairable(self) -> bool:
        """Whether a new file with all that can be read would be in a better state."""
        return not self.health.complete

    def lines(self) -> list[str]:
        """The report as plain lines: the file, a line for each sensor, what was found."""
        found = [f"{self.path.name}: {self.health.duration_s / 60:.1f} min, {self._summary()}"]
        found += [_sensor_line(sensor) for sensor in self.sensors]
        found += [f"{each.level}: {each.subject}: {each.text}" for each in self.findings]
        return found

    def _summary(self) -> str:
        health = self.health
        state = "closed and whole" if health.complete else "not whole"
        return f"{health.messages} messages in {health.chunks} chunks, {state}"


def _sensor_line(report: SensorReport) -> str:
    if not report.samples:
        return f"{report.label}: {report.notifications} notifications, no samples"
    parts = [
        f"{report.samples} samples at {report.rate_hz:.2f} Hz",
        f"{report.lost} lost ({report.loss_share:.2%}) in {len(report.gaps)} gaps",
        f"{report.clipped} clipped",
    ]
    if report.uncertainty_s is not None:
        parts.append(
            f"time ± {report.uncertainty_s * 1e3:.1f} ms, clock {report.skew_ppm:+.0f} ppm"
        )
    if report.battery_percent is not None:
        parts.append("battery {} to {} %".format(*report.battery_percent))
    return f"{report.label}: " + ", ".join(parts)


def examine(path: Path | str) -> DoctorReport:
    """Examine a recording; all of it is read, nothing is changed.

    Args:
        path: the file.

    Raises:
        NotARecording, NewerSchema, CorruptRecording, RecordingError: as
            :func:`sensors.recording_reader.open_recording`.
    """
    with RecordingReader(path) as reader:
        sensors = {each.sensor_id: SensorReport(each) for each in reader.sensors}
        _count_notifications(reader, sensors)
        findings: list[Finding] = []
        motion = _Motion()
        try:
            _read_samples(reader, sensors, motion)
        except SensorError as error:
            findings.append(Finding(Level.FAULT, "samples", f"they cannot be read: {error}"))
        health = reader.health
        of_file = _file_findings(reader, health)
        _take_statuses(reader.statuses(), sensors)
        for report in sensors.values():
            findings += [
                Finding(level, report.label, text)
                for level, text in _sensor_findings(report, health.duration_s)
            ]
        findings += motion.findings()
        if not sensors:
            findings.append(Finding(Level.FAULT, "file", "it describes no sensor"))
        return DoctorReport(
            Path(path), reader.session, health, tuple(sensors.values()), (*of_file, *findings)
        )


def _count_notifications(reader: RecordingReader, sensors: Mapping[str, SensorReport]) -> None:
    for sensor_id, (characteristic, payload, _) in reader.keyed_messages():
        report = sensors.get(sensor_id)
        if report is None:
            continue
        report.notifications += 1
        if characteristic == BATTERY_LEVEL and len(payload) == 1 and payload[0] <= 100:
            _take_battery(report, payload[0])


def _take_battery(report: SensorReport, percent: int) -> None:
    first = percent if report.battery_percent is None else report.battery_percent[0]
    report.battery_percent = (first, percent)


def _take_statuses(entries: tuple[StatusEntry, ...], sensors: Mapping[str, SensorReport]) -> None:
    told = {sensor_id for sensor_id, each in sensors.items() if each.battery_percent is not None}
    for entry in entries:
        percent = entry.numbers.get("battery_percent")
        if percent is not None and entry.sensor_id in sensors and entry.sensor_id not in told:
            _take_battery(sensors[entry.sensor_id], round(percent))


class _Motion:
    """What the motion says of where sensors are worn, and of their clocks."""

    def __init__(self) -> None:
        self._placements = PlacementChecker()
        self._lags = LagWatch()

    def push(self, block: SampleBlock) -> None:
        if block.lacks:
            return
        self._placements.push(block)
        self._lags.push(block)

    def findings(self) -> list[Finding]:
        texts = [self._placements.check().warning, *self._lags.warnings()]
        return [Finding(Level.WARNING, "motion", text) for text in texts if text]


def _read_samples(
    reader: RecordingReader, sensors: Mapping[str, SensorReport], motion: _Motion
) -> None:
    by_placement = {
        report.sensor.placement: report
        for report in sensors.values()
        if report.sensor.placement is not None
    }
    last: dict[str, SampleBlock] = {}
    for block in reader.blocks():
        report = by_placement[block.placement]
        motion.push(block)
        before = last.get(report.sensor.sensor_id)
        if before is None:
            report.start_s = float(block.time_s[0])
        elif block.first_index > before.first_index + len(before):
            missing = block.first_index - before.first_index - len(before)
            start_s = float(before.time_s[-1])
            report.gaps.append(Gap(start_s, float(block.time_s[0]) - start_s, missing))
        report.end_s = float(block.time_s[-1])
        report.rate_hz = block.rate_hz
        last[report.sensor.sensor_id] = block
    for sensor_id, counts in reader.counts.items():
        report = sensors[sensor_id]
        report.samples, report.lost = counts.samples, counts.lost
        report.clipped, report.repeated = counts.clipped, counts.repeated
        report.damaged = counts.damaged
        fits = reader.clocks.get(sensor_id, ())
        if fits:
            report.clocks, report.skew_ppm = len(fits), fits[0].skew_ppm
            report.uncertainty_s = max(fit.uncertainty_s for fit in fits)


def _file_findings(reader: RecordingReader, health: RecordingHealth) -> list[Finding]:
    found = [Finding(Level.WARNING, "file", problem) for problem in health.problems]
    if health.damaged_chunks:
        text = (
            f"{health.damaged_chunks} of {health.chunks + health.damaged_chunks} chunks are damaged,"
            f" {health.bytes_lost} bytes cannot be read"
        )
        found.append(Finding(Level.WARNING, "file", text))
    if not health.messages:
        found.append(Finding(Level.FAULT, "file", "it holds no messages"))
    if not health.problems and reader.end_s is None:
        found.append(Finding(Level.NOTE, "file", "its index is damaged; nothing else needs it"))
    if not found:
        text = "closed properly, every chunk's checksum fits"
        found.append(Finding(Level.GOOD, "file", text))
    return found


def _sensor_findings(report: SensorReport, end_s: float) -> list[tuple[Level, str]]:
    sensor = report.sensor
    if sensor.kind in side_kinds():
        return [(Level.GOOD, f"{report.notifications} readings of a side channel")]
    if sensor.kind not in kinds():
        return [(Level.NOTE, f"kind {sensor.kind!r} is not known to this version")]
    if sensor.placement is None:
        return [(Level.NOTE, "it has no placement, so its samples are not used")]
    if not report.samples:
        return [(Level.FAULT, "it has no samples")]
    return [*_loss_findings(report, end_s), *_signal_findings(report)] or [
        (Level.GOOD, "nothing to note")
    ]


def _loss_findings(report: SensorReport, end_s: float) -> list[tuple[Level, str]]:
    found: list[tuple[Level, str]] = []
    if report.loss_share > LOSS_SHARE:
        found.append((Level.WARNING, f"{report.loss_share:.1%} of its samples are missing"))
    long = [gap for gap in report.gaps if gap.duration_s > LONG_GAP_S]
    if long:
        named = ", ".join(f"{g.duration_s:.1f} s at {g.start_s:.0f} s" for g in long[:_GAPS_NAMED])
        more = f" and {len(long) - _GAPS_NAMED} more" if len(long) > _GAPS_NAMED else ""
        found.append((Level.WARNING, f"long gaps: {named}{more}"))
    if report.end_s is not None and end_s - report.end_s > EARLY_END_S:
        text = f"it ends {end_s - report.end_s:.0f} s before the recording"
        found.append((Level.WARNING, text))
    if report.damaged:
        found.append((Level.WARNING, f"{report.damaged} notifications are no valid packets"))
    if report.repeated:
        found.append((Level.NOTE, f"{report.repeated} samples came twice and were used once"))
    return found


def _signal_findings(report: SensorReport) -> list[tuple[Level, str]]:
    found: list[tuple[Level, str]] = []
    stated = report.sensor.rate_hz
    if without := lacking(lacks_of(report.sensor)):
        found.append((Level.NOTE, f"it has no {without}, so no strides are found with it"))
    if made := lacking(computed_of(report.sensor)):
        found.append((Level.NOTE, f"data of its {made} were computed from its orientation"))
    if stated and abs(report.rate_hz / stated - 1.0) > RATE_OFF:
        text = f"it samples at {report.rate_hz:.1f} Hz and says {stated:.1f} Hz"
        found.append((Level.WARNING, text))
    if report.clipped > CLIPPED_SHARE * report.samples:
        text = f"{report.clipped} samples stand at the end of the range"
        found.append((Level.WARNING, text))
    if report.clocks > 1:
        found.append((Level.NOTE, f"its clock started anew {_times(report.clocks - 1)}"))
    if report.uncertainty_s is not None and report.uncertainty_s > UNCERTAIN_S:
        text = f"its session time is known to ± {report.uncertainty_s * 1e3:.0f} ms only"
        found.append((Level.WARNING, text))
    if report.battery_percent is not None and report.battery_percent[1] < LOW_BATTERY_PERCENT:
        found.append((Level.WARNING, f"its battery is at {report.battery_percent[1]} %"))
    return found


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
