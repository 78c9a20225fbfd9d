"""Quality of a session's data: per sensor, calibration, and problems in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.language import decimal, tr
from dashboard.number_text import MISSING
from dashboard.parts.attributes import attributes
from dashboard.said import said
from dashboard.text import FIELD_WORDS, VALUE_WORDS
from sensors.placement import Placement

_SENSOR_COLUMNS = (
    ("rate_hz", "Rate (Hz)"),
    ("samples", "Samples"),
    ("lost_samples", "Lost"),
    ("clipped_samples", "Clipped"),
)


def plain_text(value: object) -> str:
    """A value of a quality or provenance entry as text."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, float):
        return decimal(f"{value:.4g}")
    if isinstance(value, Mapping):
        return ", ".join(f"{_words(str(k))} {plain_text(v)}" for k, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(plain_text(item) for item in value)
    return tr(value) if isinstance(value, str) and value in VALUE_WORDS else str(value)


def _words(key: str) -> str:
    return tr(FIELD_WORDS.get(key, key.replace("_", " ")))


def _placement_label(name: str) -> str | None:
    try:
        return Placement(name).label
    except ValueError:
        return None


def _cell(entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key)
    if key == "lost_samples" and isinstance(value, int):
        samples = entry.get("samples")
        taken = (samples if isinstance(samples, int) else 0) + value
        share = decimal(f" ({100 * value / taken:.2f} %)") if taken else ""
        return f"{value}{share}"
    if key == "rate_hz" and isinstance(value, int | float):
        return decimal(f"{value:.1f}")
    return plain_text(value)


def sensor_entries(quality: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Entries of ``quality`` that describe a placement, by placement; at the top or one below.

    They come in the order of ``Placement``.
    """
    found: dict[str, Mapping[str, object]] = {}
    for key, value in quality.items():
        if not isinstance(value, Mapping):
            continue
        if _placement_label(key):
            found[key] = value
        elif value and all(
            isinstance(v, Mapping) and _placement_label(str(k)) for k, v in value.items()
        ):
            for placement, entry in value.items():
                found[str(placement)] = {**found.get(str(placement), {}), **entry}
    return {place.value: found[place.value] for place in Placement if place.value in found}


def definition_list(entries: Mapping[str, object], element_id: str) -> Any:
    """Names and values as a list of terms; nested mappings become nested lists."""
    return html.Dl(
        [
            html.Div(
                [
                    html.Dt(_words(str(key))),
                    html.Dd(
                        definition_list(value, f"{element_id}-{key}")
                        if isinstance(value, Mapping) and value
                        else plain_text(value)
                    ),
                ]
            )
            for key, value in entries.items()
        ],
        className="ls-terms",
        id=element_id,
    )


def quality_section(
    quality: Mapping[str, object], problems: Sequence[str], notes: Sequence[str] = ()
) -> Any:
    """Sensors as a table, the rest as terms, problems first.

    Args:
        quality: ``Session.quality``.
        problems: sentences about lost or doubtful data.
        notes: sentences about what could not be known, or was mended without loss.
    """
    sensors = sensor_entries(quality)
    rest = {
        key: value
        for key, value in quality.items()
        if not (
            isinstance(value, Mapping)
            and value
            and (key in sensors or all(str(k) in sensors for k in value))
        )
    }
    parts: list[Any] = []
    if problems:
        parts.append(html.Ul([html.Li(said(text)) for text in problems], id="session-problems"))
    else:
        parts.append(html.P(tr("Nothing else was noticed about the data."), id="session-problems"))
    if notes:
        parts.append(html.Ul([html.Li(said(text)) for text in notes], id="session-notes"))
    if sensors:
        rows = [
            html.Tr(
                [
                    html.Th(tr(_placement_label(name) or name), scope="row"),
                    *[html.Td(_cell(entry, key)) for key, _ in _SENSOR_COLUMNS],
                ]
            )
            for name, entry in sensors.items()
        ]
        headings = [tr("Sensor"), *[tr(title) for _, title in _SENSOR_COLUMNS]]
        parts.append(
            html.Div(
                html.Table(
                    [
                        html.Thead(html.Tr([html.Th(text, scope="col") for text in headings])),
                        html.Tbody(rows),
                    ],
                    className="ls-table",
                    id="sensor-quality",
                ),
                className="ls-scroll",
                tabIndex=0,
                role="region",
                **attributes(aria_label=tr("Quality per sensor")),
            )
        )
    if rest:
        parts.append(definition_list(rest, "session-quality"))
    return html.Div(parts)
