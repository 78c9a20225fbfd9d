"""When a recording was started, as the heads of exports write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

ZONES_H = {
    "UTC": 0.0,
    "GMT": 0.0,
    "Z": 0.0,
    "WET": 0.0,
    "WEST": 1.0,
    "CET": 1.0,
    "CEST": 2.0,
    "EET": 2.0,
    "EEST": 3.0,
    "MSK": 3.0,
    "JST": 9.0,
    "KST": 9.0,
    "EST": -5.0,
    "EDT": -4.0,
    "CDT": -5.0,
    "MST": -7.0,
    "MDT": -6.0,
    "PST": -8.0,
    "PDT": -7.0,
    "AEST": 10.0,
    "AEDT": 11.0,
    "NZST": 12.0,
    "NZDT": 13.0,
}
"""Hours from UTC of the abbreviations that name one zone (CST, IST and BST name several)."""

_WRITTEN = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[ _T](?P<time>\d{2}[:.]\d{2}[:.]\d{2})"
    r"(?:[_.,](?P<fraction>\d{1,9}))?\s*(?P<zone>\S.*)?",
    re.ASCII,
)
_OFFSET = re.compile(
    r"(?:GMT|UTC)?\s*(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?", re.ASCII | re.I
)


def zone_of(text: str) -> timezone | None:
    """Time zone of a text such as ``+0100``, ``GMT+8``, ``-07:00`` or ``CET``; None if none."""
    text = text.strip()
    hours = ZONES_H.get(text.upper())
    if hours is not None:
        return timezone(timedelta(hours=hours))
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    minutes = 60 * int(found["hours"]) + int(found["minutes"] or 0)
    if minutes > 14 * 60:
        return None
    return timezone(timedelta(minutes=minutes if found["sign"] == "+" else -minutes))


def start_time(text: str) -> tuple[datetime | None, str]:
    """Read a start such as ``2021-08-20_20:21:13_835 GMT+8`` or ``2022-03-04 10:11:12.5 +0100``.

    Returns:
        The time, aware and in UTC, where its zone is known, else naive; None when it is no time.
        And the zone as it is written, which may be empty.
    """
    text = text.strip(' ,;"\t')
    found = _WRITTEN.fullmatch(text)
    if found is None:
        try:
            when = parsedate_to_datetime(text)
        except (ValueError, IndexError, TypeError):
            return None, ""
        return (when.astimezone(UTC), "GMT") if when.tzinfo else (when, "")
    clock = found["time"].replace(".", ":")
    micros = int(((found["fraction"] or "0") + "000000")[:6])
    try:
        when = datetime.fromisoformat(f"{found['date']}T{clock}").replace(microsecond=micros)
    except ValueError:
        return None, ""
    written = (found["zone"] or "").strip()
    zone = zone_of(written)
    if zone is None:
        return when, written
    try:
        return when.replace(tzinfo=zone).astimezone(UTC), written
    except OverflowError:
        return None, ""
