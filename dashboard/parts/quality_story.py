"""What is known of a session's data, in sentences: loss, clipping, calibration, slip, strides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.language import capital, tr
from dashboard.number_text import plain_number
from dashboard.parts.quality_section import sensor_entries
from dashboard.parts.stride_grid import flags_in
from pipeline.stored_session import StoredSession
from pipeline.stride import FLAG_NAMES, INVALIDATING_FLAGS
from sensors.placement import Placement

WIDE_YAW_DEG = 3.0
"""Standard error of the pelvis' forward direction above which sides are hard to compare."""


def _whole(entry: Mapping[str, object], key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) else 0


def _sensor_sentences(quality: Mapping[str, object]) -> list[str]:
    sensors = sensor_entries(quality)
    sentences = []
    for place in Placement:
        entry = sensors.get(place.value)
        name = capital(tr(place.label))
        if entry is None:
            if sensors:
                sentences.append(tr("{sensor}: no data; what needs it is empty.", sensor=name))
            continue
        lost, samples = _whole(entry, "lost_samples"), _whole(entry, "samples")
        share = 100 * lost / max(1, lost + samples)
        words = (
            tr(
                "{sensor}: {share} % of the samples lost",
                sensor=name,
                share=plain_number(share, 2),
            )
            if lost
            else tr("{sensor}: no sample lost", sensor=name)
        )
        clipped = _whole(entry, "clipped_samples")
        if clipped:
            words += tr(", {count} at the end of the sensor's range", count=clipped)
        if entry.get("lacks") == "gyroscope":
            words += tr(", exported without gyroscope")
        elif entry.get("lacks") == "accelerometer":
            words += tr(", exported without accelerometer")
        sentences.append(f"{words}.")
    return sentences


def _calibration_sentences(quality: Mapping[str, object]) -> list[str]:
    found = quality.get("calibration")
    if not isinstance(found, Mapping):
        return [tr("How the sensors were aligned to the body is not known.")]
    kinds = {
        "functional": "Calibrated from standing and movement.",
        "static": "Calibrated from standing alone.",
        "none": "Not calibrated.",
    }
    kind = str(found.get("kind") or found.get("method") or "")
    sentences = [tr(kinds[kind])] if kind in kinds else []
    yaw = found.get("pelvis_yaw_se_deg")
    if isinstance(yaw, int | float):
        sentences.append(
            tr(
                "Forward direction of the pelvis sensor: standard error {yaw}°.",
                yaw=plain_number(float(yaw), 1),
            )
        )
        if yaw > WIDE_YAW_DEG:
            sentences.append(tr("That is wide: left and right are hard to compare."))
    residual = found.get("pelvis_yaw_functional_minus_run_deg")
    if isinstance(residual, int | float):
        sentences.append(
            tr(
                "Pelvis axis from the movement task against that of the run: {residual}°.",
                residual=plain_number(float(residual), 1),
            )
        )
    return sentences


def _stride_sentences(stored: StoredSession) -> list[str]:
    strides = stored.strides
    total = len(strides)
    if not total and stored.unread and stored.summary.strides_total:
        return [tr("The strides cannot be read, so their quality is not known.")]
    if not total:
        return [tr("No stride was found.")]
    valid = int(strides["valid"].sum())
    counts = flags_in(strides)
    left_out = sum(count for name, count in counts.items() if name in INVALIDATING_FLAGS)
    sentences = [tr("{valid} of {total} strides count.", valid=valid, total=total)]
    if left_out:
        names = "; ".join(
            f"{tr(FLAG_NAMES[name])} ({count})"
            for name, count in counts.items()
            if name in INVALIDATING_FLAGS
        )
        sentences.append(tr("Left out for: {names}.", names=names))
    slipped = counts.get("slipped", 0)
    sentences.append(
        tr("{count} strides after a sensor seems to have slipped.", count=slipped)
        if slipped
        else tr("No sensor was seen to slip.")
    )
    return sentences


def quality_story(stored: StoredSession) -> list[str]:
    """Sentences on the data of a session, the same on the page and in the report.

    Args:
        stored: the session; parts of its quality may be missing.
    """
    parts: list[Any] = [
        *_stride_sentences(stored),
        *_sensor_sentences(stored.quality),
        *_calibration_sentences(stored.quality),
    ]
    return [str(part) for part in parts]
