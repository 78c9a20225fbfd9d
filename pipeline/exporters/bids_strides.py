"""Strides as a derivative of a BIDS data set: one event each, with its metrics."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

from pipeline.metrics.registry import METRICS
from pipeline.session import Session
from pipeline.stride import FLAG_NAMES
from pipeline.stride_table import EVENT_COLUMNS, strides_to_frame

_EVENT_WORDS = {
    "foot_strike_s": "Time of the foot strike, on the clock of the latency channels.",
    "toe_off_s": "Time of the toe off, on the clock of the latency channels.",
    "next_foot_strike_s": "Time of the next foot strike of the same foot.",
}


def write_stride_events(
    derivative: Path, stem: Path, session: Session, *, bids_version: str
) -> Path:
    """Write ``<stem>_events.tsv`` and its sidecar into a derivative data set.

    Args:
        derivative: root of the derivative data set; its description is written, too.
        stem: file inside it without the suffix.
        session: the analysed session.
        bids_version: for the description.

    Returns:
        The table.
    """
    frame = strides_to_frame(session.strides)
    frame.insert(0, "onset", frame["foot_strike_s"])
    frame.insert(1, "duration", frame["stride_time_s"])
    frame.insert(2, "trial_type", "stride_" + frame["side"])
    frame["valid"] = frame["valid"].map({True: "true", False: "false"})
    frame["flags"] = frame["flags"].replace("", "n/a")
    path = derivative / stem.with_name(stem.name + "_events.tsv")
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, sep="\t", index=False, na_rep="n/a", lineterminator="\n")
    described: dict[str, dict[str, object]] = {
        "onset": {"Description": "Foot strike.", "Units": "s"},
        "duration": {"Description": "Foot strike to the next one of the same foot.", "Units": "s"},
        "trial_type": {
            "Description": "Stride of which leg.",
            "Levels": {"stride_left": "left leg", "stride_right": "right leg"},
        },
        "side": {"Description": "Leg.", "Levels": {"left": "left leg", "right": "right leg"}},
        "gait": {"Description": "Gait.", "Levels": {"run": "running", "walk": "walking"}},
        "valid": {
            "Description": "Whether the stride may be used.",
            "Levels": {"true": "it may", "false": "a flag speaks against it"},
        },
        "flags": {
            "Description": "What is known of the stride's quality, names joined by |: "
            + "; ".join(f"{name}: {words}" for name, words in FLAG_NAMES.items())
        },
    }
    for name in EVENT_COLUMNS:
        described[name] = {"Description": _EVENT_WORDS[name], "Units": "s"}
    for key, metric in METRICS.items():
        words = f"{metric.name}. {metric.definition}"
        described[key] = {
            "LongName": metric.name,
            "Description": f"{words} {metric.sign}".strip(),
            "Units": metric.unit,
        }
        if metric.has_standard_error:
            described[metric.standard_error_key] = {
                "Description": f"Standard error of {key}.",
                "Units": metric.unit,
            }
    _json(path.with_suffix(".json"), {key: described[key] for key in frame if key in described})
    _json(
        derivative / "dataset_description.json",
        {
            "Name": "Strides by levelstride",
            "BIDSVersion": bids_version,
            "DatasetType": "derivative",
            "GeneratedBy": [{"Name": "levelstride", "Version": version("levelstride")}],
        },
    )
    (derivative / "README").write_text(
        "One event per stride, found and measured by levelstride from the motion sensors of the "
        "raw data set. The columns are described in the sidecar files. For training and research. "
        "Not a medical device.\n",
        encoding="utf-8",
    )
    return path


def _json(path: Path, content: object) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
