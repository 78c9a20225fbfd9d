"""A live session: collects, records, finds strides, and stores the session at its end.

Three threads keep out of each other's way: one runs the radio and the recording, one the stride
engine, and viewers ask for snapshots from theirs. A fault of the engine ends the live numbers,
not the recording.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from pipeline.body_calibration import Preparation
from pipeline.engine import StrideEngine
from pipeline.feedback_cue import Cue
from pipeline.feedback_log import Course, Earlier, LiveFeedback
from pipeline.feedback_request import FeedbackRequest
from pipeline.live_source import LiveMark, LivePhase, LiveSnapshot, MarkKind
from pipeline.session_trouble import as_told, in_several_files
from pipeline.setup_progress import PreparationStatus, PreparationWatch
from pipeline.setup_wearing import WearingWatch
from pipeline.stride import Stride
from pipeline.wearing_warnings import WearingWarnings
from pipeline.worn_axes import WornAxes
from sensors.collector import Collector
from sensors.errors import LevelstrideError
from sensors.host_clock import host_ns
from sensors.placement import Placement
from sensors.radio import Radio
from sensors.recording_writer import RecordingWriter
from sensors.sample_block import SampleBlock
from sensors.sensor_status import SensorState, SensorStatus
from sensors.session_info import SessionInfo

KEPT_STRIDES = 600
KEPT_MARKS = 20
GUIDANCE_EVERY_S = 0.25
RadioSource = Callable[[], AbstractAsyncContextManager[Radio]]
MakeSession = Callable[[str], tuple[SessionInfo, Path]]
"""Given the runner's name: what to record, and the file to record it in."""
Finished = Callable[[Path, SessionInfo], str]
"""Given a closed recording: stores the session, and returns its id in the library or nothing."""

GUIDANCE: Mapping[Preparation, str] = {
    "stand": "Stand still for 5 seconds, both feet loaded.",
    "move": "Now do three squats or forward bends, then walk or run.",
    "go": "Walk or run. The first strides appear after a few steps.",
}
_LOG = logging.getLogger(__name__)


class LiveSession:
    """One session at a time, to be watched, started and stopped from any thread.

    Args:
        open_radio: gives the radio for one session.
        make_session: decides what is recorded where.
        finished: stores a recording at the end; None keeps only the file.
        placements: placement by sensor id or name, in place of what the sensors say.
        seconds: length of a session from the moment that the sensors stream; None: until stopped.
        side_channels: kinds of side channels to record, too, such as ``heart_rate``.
        fallback: folder in which a recording goes on when its disk takes no more.
        earlier: knows the baselines of earlier sessions, for feedback.
        on_cue: called with each cue at once, on the engine's thread.
        course: knows how many sessions of a course of feedback a runner has had.
    """

    def __init__(
        self,
        open_radio: RadioSource,
        make_session: MakeSession,
        finished: Finished | None = None,
        *,
        placements: Mapping[str, Placement] | None = None,
        seconds: float | None = None,
        side_channels: Collection[str] = (),
        fallback: Path | None = None,
        earlier: Earlier | None = None,
        on_cue: Callable[[Cue], None] | None = None,
        course: Course | None = None,
    ) -> None:
        self._open_radio = open_radio
        self._make_session = make_session
        self._finished = finished
        self._placements = dict(placements or {})
        self._seconds = seconds
        self._side_channels = tuple(side_channels)
        self._fallback = fallback
        self._writer: RecordingWriter | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._stop_asked = False  # perhaps before there was a radio
        self._collector: Collector | None = None
        self._phase: LivePhase = "idle"
        self._message = "Press start when the sensors are on and worn."
        self._sensors: dict[str, SensorStatus] = {}
        self._strides: deque[Stride] = deque(maxlen=KEPT_STRIDES)
        self._stride_total = 0
        self._session_id = ""
        self._stored_id = ""
        self._calibration = "none"
        self._began: float | None = None
        self._elapsed_s = 0.0
        self._preparation: PreparationStatus | None = None
        self._slips_deg: Mapping[Placement, float] = {}
        self._warnings: tuple[str, ...] = ()
        self._marks: deque[LiveMark] = deque(maxlen=KEPT_MARKS)
        self._laps = 0
        self._condition = ""
        self._feedback = LiveFeedback(self._write_marker, earlier, on_cue, course)
        self.error: LevelstrideError | None = None
        """Why the last session failed, None when it did not."""
        self.errors: list[LevelstrideError] = []
        """Why sessions failed, all that did so far."""
        self.recordings: tuple[Path, ...] = ()
        """Files of the running or last session; more than one after trouble with a disk."""

    # What viewers see and do

    def snapshot(self, after_stride: int = 0) -> LiveSnapshot:
        """State now, with the strides after ``after_stride``."""
        with self._lock:
            new = min(self._stride_total - after_stride, len(self._strides))
            strides = tuple(self._strides)[len(self._strides) - new :] if new > 0 else ()
            feedback, cue, cue_age_s = self._feedback.state()
            return LiveSnapshot(
                phase=self._phase,
                message=self._disk_notice() or self._message,
                elapsed_s=self._elapsed(),
                sensors=tuple(self._sensors.values()),
                strides=strides,
                stride_total=self._stride_total,
                session_id=self._session_id,
                stored_session_id=self._stored_id,
                calibration=self._calibration,
                preparation=self._preparation if self._phase == "calibrating" else None,
                slips_deg=self._slips_deg,
                warnings=self._warnings,
                marks=tuple(self._marks),
                condition=self._condition,
                feedback=feedback,
                cue=cue,
                cue_age_s=cue_age_s,
            )

    def start(self, runner: str = "", condition: str = "") -> None:
        """Begin a new session; no effect while one runs.

        Args:
            runner: name or code.
            condition: what is compared ("insole on"); empty for none.

        Raises:
            LevelstrideError: the recording cannot be made.
        """
        with self._lock:
            if self.running:
                return
            info, path = self._make_session(runner)
            if condition:
                info = replace(info, conditions={**info.conditions, "condition": condition})
            writer = RecordingWriter(path, session=info, fallback=self._fallback)
            self._phase, self._message = "searching", "Looking for the sensors."
            self._sensors.clear()
            self._strides.clear()
            self._stride_total = 0
            self._session_id, self._stored_id = info.session_uuid, ""
            self._calibration = "none"
            self._began, self._elapsed_s = None, 0.0
            self._preparation, self._slips_deg, self._warnings = None, {}, ()
            self._marks.clear()
            self._laps, self._condition = 0, info.conditions.get("condition", "")
            self._stop_asked = False
            self._feedback.begin(info.runner)
            self.error, self.recordings, self._writer = None, (path,), writer
            self._thread = threading.Thread(
                target=self._run, args=(info, path, writer), name="live session", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """End the session and store it; returns at once."""
        with self._lock:
            self._stop_asked = True
            loop, stop = self._loop, self._stop
        if loop is not None and stop is not None:
            with contextlib.suppress(RuntimeError):  # it ended by itself this very moment
                loop.call_soon_threadsafe(stop.set)

    def mark(self, text: str, kind: MarkKind = "marker") -> None:
        """Write a marker with the current time into the recording."""
        with self._lock:
            if self._collector is None:
                return
            if kind == "lap":
                self._laps += 1
                text = f"lap {self._laps}: {text}" if text else f"lap {self._laps}"
            if kind == "condition":
                self._condition = text
            self._marks.append(LiveMark(self._elapsed(), kind, text))
        self._write_marker(text, kind)

    def set_feedback(self, request: FeedbackRequest | None) -> None:
        """Give cues from now on, in this session or the next one; None: give none."""
        with self._lock:
            strides = tuple(self._strides)
        self._feedback.set(request, strides)

    @property
    def feedback(self) -> FeedbackRequest | None:
        """The feedback that is asked for."""
        return self._feedback.request

    def set_placements(self, placements: Mapping[str, Placement]) -> None:
        """Say where sensors are worn, for the sessions that are started from now on."""
        with self._lock:
            self._placements = dict(placements)

    @property
    def running(self) -> bool:
        """Whether a session runs or is being stored."""
        over = self._phase in ("stopped", "failed")  # said by the thread's last act
        return self._thread is not None and self._thread.is_alive() and not over

    def _write_marker(self, text: str, kind: str) -> None:
        with self._lock:
            loop, collector = self._loop, self._collector
        if loop is not None and collector is not None:
            with contextlib.suppress(RuntimeError):  # the session ended this very moment
                loop.call_soon_threadsafe(collector.marker, text, kind)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the session, storing included; True when it has ended."""
        thread = self._thread
        if thread is None:
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    def _disk_notice(self) -> str:
        return self._writer.notice if self._writer is not None and self.running else ""

    def _elapsed(self) -> float:
        return self._elapsed_s if self._began is None else 1e-9 * host_ns() - self._began

    # The radio's thread

    def _run(self, info: SessionInfo, path: Path, writer: RecordingWriter) -> None:
        error: LevelstrideError | None = None
        try:
            asyncio.run(self._collect(writer))
        except Exception as failure:  # noqa: BLE001 - said to the viewers, or they wait for ever
            error = as_told(failure)
        try:
            writer.close()
        except LevelstrideError as failure:
            error = error or failure
        with self._lock:
            self._loop = self._stop = self._collector = None
            self._elapsed_s, self._began = self._elapsed(), None
            self.recordings = writer.paths
        streamed = self._elapsed_s > 0.0
        stored = ""
        if streamed and len(writer.paths) > 1:
            error = error or in_several_files(writer.paths)
        elif streamed and self._finished is not None:
            self._say("storing", "Analysing the whole session and storing it.")
            try:
                stored = self._finished(path, info)
            except Exception as failure:  # noqa: BLE001 - as above; the recording is closed
                error = error or as_told(failure)
        if not streamed:
            path.unlink(missing_ok=True)  # nothing was recorded
        with self._lock:
            self.error = error
            self.errors += [error] if error is not None else []
            self._stored_id = stored
            self._phase = "failed" if error is not None else "stopped"
            self._message = str(error) if error is not None else "The session has ended."

    async def _collect(self, writer: RecordingWriter) -> None:
        stop = asyncio.Event()
        blocks: SimpleQueue[SampleBlock | Placement | None] = SimpleQueue()
        engine = threading.Thread(
            target=self._find_strides, args=(blocks,), name="stride engine", daemon=True
        )
        engine.start()
        try:
            async with self._open_radio() as radio:
                collector = Collector(
                    radio,
                    placements=self._placements,
                    recording=writer,
                    side_channels=self._side_channels,
                    on_block=blocks.put,
                    on_state=lambda status: self._take_status(status, stop, blocks),
                )
                with self._lock:
                    self._loop, self._stop = asyncio.get_running_loop(), stop
                    self._collector = collector
                    if self._stop_asked:
                        stop.set()
                await collector.run(stop)
        finally:
            blocks.put(None)
            await asyncio.to_thread(engine.join)

    def _take_status(
        self,
        status: SensorStatus,
        stop: asyncio.Event,
        blocks: SimpleQueue[SampleBlock | Placement | None],
    ) -> None:
        with self._lock:
            key = status.placement.value if status.placement else status.sensor_id
            self._sensors[key] = status
            self._sensors = dict(sorted(self._sensors.items()))
            begins = self._began is None and status.state is SensorState.STREAMING
            if begins:
                self._began = 1e-9 * host_ns()
                self._phase, self._message = "calibrating", GUIDANCE["stand"]
        if begins:
            self._feedback.announce()
        if begins and self._seconds is not None:
            asyncio.get_running_loop().call_later(self._seconds, stop.set)
        away = (SensorState.SEARCHING, SensorState.RECOVERING, SensorState.LOST)
        if status.placement is not None and status.state in away:
            blocks.put(status.placement)

    # The engine's thread

    def _find_strides(self, blocks: SimpleQueue[SampleBlock | Placement | None]) -> None:
        engine = StrideEngine(Placement)
        watch = _Watch()
        guided = 0.0
        item: SampleBlock | Placement | None = None
        try:
            while (item := blocks.get()) is not None:
                if isinstance(item, Placement):
                    watch.absent.add(item)
                    strides = engine.set_absent(item)
                else:
                    watch.absent.discard(item.placement)
                    watch.warnings.push(item)
                    strides = engine.push(item)
                if strides or time.monotonic() - guided > GUIDANCE_EVERY_S:
                    guided = time.monotonic()
                    self._show(engine, strides, watch)
            self._show(engine, engine.finish(), watch, cued=False)
        except Exception:  # noqa: BLE001 - the recording must outlive a fault in the live numbers
            _LOG.exception("the stride engine failed")
            with self._lock:
                self._message = (
                    "The live numbers have failed. The recording goes on; analyse it afterwards."
                )
            while item is not None:
                item = blocks.get()

    def _show(
        self, engine: StrideEngine, strides: list[Stride], watch: _Watch, *, cued: bool = True
    ) -> None:
        calibration = engine.calibration
        waiting = self._stride_total == 0 and not strides
        preparation = None
        if waiting:
            preparation = watch.preparation.status(engine.samples, calibration, watch.absent)
        with self._lock:
            self._strides.extend(strides)
            self._stride_total += len(strides)
            self._calibration = calibration.worn.kind
            self._preparation = preparation
            if self._phase in ("calibrating", "measuring"):
                if preparation is None:
                    self._phase, self._message = "measuring", "Measuring."
                else:
                    self._message = GUIDANCE[preparation.step]
        # numbers first: cues and the rest may take their time
        if cued:
            self._feedback.push(strides)
        if strides:
            slips_deg = watch.slips_deg(engine, strides)
            with self._lock:
                self._slips_deg = slips_deg
                recent = tuple(self._strides)
            if watch.warnings.look(strides[-1].next_foot_strike_s, recent):
                for text in watch.warnings.sentences:  # the recording keeps what was said
                    self._write_marker(text, "note")
            with self._lock:
                self._warnings = watch.warnings.sentences

    def _say(self, phase: LivePhase, message: str) -> None:
        with self._lock:
            self._phase, self._message = phase, message


class _Watch:
    """What the engine's thread follows beside the strides."""

    def __init__(self) -> None:
        self.absent: set[Placement] = set()
        self.preparation = PreparationWatch()
        self.warnings = WearingWarnings()
        self._worn: WornAxes | None = None
        self._wearing = WearingWatch()

    def slips_deg(self, engine: StrideEngine, strides: list[Stride]) -> Mapping[Placement, float]:
        """Sensors that seem to have slipped since the standing that is in use."""
        if engine.calibration.worn is not self._worn:
            self._worn = engine.calibration.worn
            self._wearing = WearingWatch()
        self._wearing.push(strides, engine.samples)
        return self._wearing.slips_deg()
