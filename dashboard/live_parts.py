"""Parts of a frame beside the legs' numbers: sensors, notices, calibration, feedback, marks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from dashboard.language import decimal, tr
from dashboard.live_readout import Frame
from dashboard.number_text import clock_text, metric_text, unit_text
from dashboard.said import said
from dashboard.text import (
    MARK_WORDS,
    PREPARATION_WORDS,
    REFUSAL_WORDS,
    REFUSED_AGAIN,
    REFUSED_AGAIN_WORDS,
    SENSOR_STATE_WORDS,
)
from pipeline.feedback import FeedbackState
from pipeline.feedback_cue import Cue
from pipeline.live_source import LiveMark
from pipeline.metrics.registry import METRICS
from pipeline.setup_progress import PreparationStatus
from pipeline.setup_signal import Finding
from pipeline.stride import SIDES
from sensors.placement import Placement
from sensors.sensor_status import SensorStatus


def sensor_frame(status: SensorStatus) -> Frame:
    """A sensor's state as words and numbers for the sensor strip."""
    taken = status.samples + status.lost_samples
    placement = status.placement
    return {
        "id": status.sensor_id,
        "name": status.name,
        "placement": tr(placement.label if placement is not None else "not assigned"),
        "state": str(status.state),
        "state_words": tr(SENSOR_STATE_WORDS.get(str(status.state), str(status.state))),
        "battery_percent": status.battery_percent,
        "rate_hz": round(status.rate_hz, 1) if status.rate_hz else None,
        "lost_samples": status.lost_samples,
        "lost_percent": round(100 * status.lost_samples / taken, 2) if taken else None,
        "clipped_samples": status.clipped_samples,
        "rssi": status.rssi,
        "message": said(status.message),
    }


def notice_frame(finding: Finding) -> Frame:
    """A finding as the sentence that the page shows."""
    return {
        "code": finding.code,
        "sensor": finding.sensor,
        "text": f"{_sensor_text(finding.sensor)}: {said(finding.what)}. {said(finding.remedy)}",
        "stops": finding.stops,
    }


def _sensor_text(name: str) -> str:
    """A place on the body, or the sensor's own name, at the beginning of a sentence."""
    words = tr(name)
    return words[:1].upper() + words[1:]


def sentence_text(text: str) -> str:
    """A sentence with a capital at its beginning and a full stop at its end."""
    text = text.strip()
    if text and text[-1] not in ".!?…":
        text += "."
    return text[:1].upper() + text[1:]


def placements_text(placements: Iterable[Placement]) -> str:
    """``left shank and pelvis``; empty for none."""
    return f" {tr('and')} ".join(tr(p.label) for p in placements)


def preparation_frame(status: PreparationStatus | None) -> Frame | None:
    """Progress of the calibration, in words and shares; None when it is over."""
    if status is None:
        return None
    refused = placements_text(status.refused)
    words = (
        sentence_text(tr(REFUSAL_WORDS[status.refusal], sensors=refused)) if status.refusal else ""
    )
    if words and status.refusals >= REFUSED_AGAIN:
        again = tr(REFUSED_AGAIN_WORDS[status.refusal], count=status.refusals)
        words = f"{words} {again}"
    share = status.movement if status.step == "move" else status.still_s / status.stand_asked_s
    done = status.step == "go"
    return {
        "step": status.step,
        "title": tr(PREPARATION_WORDS[status.step]),
        "percent": 100 if done else round(100 * min(1.0, share)),
        "still_s": decimal(f"{min(status.still_s, status.stand_asked_s):.1f}"),
        "asked_s": f"{status.stand_asked_s:.0f}",
        "moving": placements_text(status.moving),
        "refusal": words,
    }


def mark_frame(mark: LiveMark) -> Frame:
    """A mark as a line of the list."""
    return {
        "at": clock_text(mark.elapsed_s),
        "kind": mark.kind,
        "kind_words": tr(MARK_WORDS[mark.kind]),
        "text": mark.text,
    }


def feedback_frame(state: FeedbackState | None) -> Frame | None:
    """Feedback in words, with the zone of each leg; None when there is none."""
    if state is None:
        return None
    request = state.request
    metric = request.metric
    sides: dict[str, Frame] = {}
    for side in SIDES:
        known = state.sides[side]
        sides[side] = {
            "low": round(known.zone.low, 2) if known.zone else None,
            "high": round(known.zone.high, 2) if known.zone else None,
            "zone": (
                tr(
                    "{low} to {high}",
                    low=metric_text(metric, known.zone.low).replace("-", "−"),
                    high=metric_text(metric, known.zone.high).replace("-", "−"),
                )
                if known.zone
                else ""
            ),
            "at": round(known.value, 2) if math.isfinite(known.value) else None,
            "certain": known.certain,
        }
    return {
        "metric": metric,
        "name": tr(METRICS[metric].name),
        "unit": unit_text(metric),
        "phase": state.phase,
        "words": _phase_words(state),
        "source": said(state.source),
        "sides": sides,
        "cues": state.cues,
        "session_number": request.number,
        "sessions": request.sessions,
        "share_percent": round(100 * state.share),
    }


def _phase_words(state: FeedbackState) -> str:
    if state.phase == "baseline":
        return tr(
            "collecting the own baseline: {count} of {wanted} strides of each leg",
            count=min(state.baseline_strides, state.baseline_wanted),
            wanted=state.baseline_wanted,
        )
    if state.phase == "faded":
        return tr(
            "off on purpose, on again in {seconds} s: in the second half of a course feedback fades",
            seconds=math.ceil(state.seconds_to_change),
        )
    certain = [side for side in SIDES if state.sides[side].certain]
    if not certain:
        return tr("on, but the numbers are not certain enough for a cue yet")
    return tr("on")


def cue_frame(cue: Cue | None, at_ms: float) -> Frame | None:
    """The last cue, as words and sound; None when there was none.

    Args:
        cue: the cue.
        at_ms: when it was decided, milliseconds since 1970.
    """
    if cue is None:
        return None
    return {
        "number": cue.number,
        "side": cue.side or "both",
        "metric": cue.metric,
        "direction": cue.direction,
        "words": said(cue.words),
        "value": metric_text(cue.metric, cue.value),
        "pitch_hz": round(cue.pitch_hz, 1),
        "pan": cue.pan,
        "at_ms": round(at_ms),
    }


def zone_of(feedback: Mapping[str, object] | None, metric: str, side: str) -> object:
    """``[low, high]`` of a leg's zone when the feedback is about this metric, else None."""
    if feedback is None or feedback["metric"] != metric:
        return None
    sides = feedback["sides"]
    known = sides[side] if isinstance(sides, dict) else {}
    return [known["low"], known["high"]] if known.get("low") is not None else None
