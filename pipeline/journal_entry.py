"""What people write about a runner, and how it is read from a form.

A form's values come from a browser: each is checked here, and a value that makes no sense is
refused with the name of its field.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from types import MappingProxyType

from pipeline.errors import FieldError

MAX_NOTE = 20_000
"""Characters of a note."""
MAX_LINE = 200
"""Characters of a field of one line."""
MAX_TAGS = 20
MAX_TAG = 40
EARLIEST = date(1950, 1, 1)
LATEST = date(2200, 1, 1)

PAIN_FIELDS = ("pain_during", "pain_after", "pain_next_morning", "stairs_pain", "downhill_pain")
RATING_FIELDS = (*PAIN_FIELDS, "effort")
"""Whole numbers from 0 to 10."""
AMOUNT_LIMITS: Mapping[str, float] = MappingProxyType(
    {"settle_min": 10_080, "stiffness_min": 1_440, "distance_km": 500, "duration_min": 4_320}
)
"""Numbers from 0 to this."""
YES_NO_FIELDS = ("swelling", "theatre_sign")
LINE_FIELDS = ("shoes", "insole")


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A day in a runner's journal; what was not answered is None.

    Attributes:
        day: the day.
        pain_during: pain in the run, 0 (none) to 10.
        pain_after: pain after it, 0 to 10.
        pain_next_morning: pain the next morning, 0 to 10.
        settle_min: minutes until the pain had settled.
        stiffness_min: minutes of stiffness in the morning.
        swelling: whether the joint was swollen.
        theatre_sign: whether long sitting with bent knees hurt.
        stairs_pain: pain on stairs, 0 to 10.
        downhill_pain: pain downhill, 0 to 10.
        effort: how hard it felt, 0 to 10.
        distance_km: distance run.
        duration_min: time run.
        shoes: the shoes.
        insole: the insole.
        note: free text.
        entry_id: id in the library; empty before it is stored.
    """

    day: date
    pain_during: int | None = None
    pain_after: int | None = None
    pain_next_morning: int | None = None
    settle_min: float | None = None
    stiffness_min: float | None = None
    swelling: bool | None = None
    theatre_sign: bool | None = None
    stairs_pain: int | None = None
    downhill_pain: int | None = None
    effort: int | None = None
    distance_km: float | None = None
    duration_min: float | None = None
    shoes: str = ""
    insole: str = ""
    note: str = ""
    entry_id: str = ""


ENTRY_FIELDS: tuple[str, ...] = tuple(
    field.name for field in fields(JournalEntry) if field.name not in {"day", "entry_id"}
)
"""Answers of an entry, in order."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire of which only the result is kept.

    Attributes:
        key: short name.
        name: full name.
        lowest: lowest possible score.
        highest: highest possible score.
        better: ``higher`` or ``lower``: which end means fewer complaints.
    """

    key: str
    name: str
    lowest: float
    highest: float
    better: str


INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType(
    {
        instrument.key: instrument
        for instrument in (
            Instrument("AKPS", "Anterior Knee Pain Scale (Kujala)", 0, 100, "higher"),
            Instrument("KOOS-PF", "KOOS, patellofemoral subscale", 0, 100, "higher"),
            Instrument("LEFS", "Lower Extremity Functional Scale", 0, 80, "higher"),
            Instrument(
                "UWRI", "University of Wisconsin Running Injury and Recovery Index", 0, 36, "higher"
            ),
            Instrument("NPRS", "Numeric pain rating, worst in the last week", 0, 10, "lower"),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Score:
    """A questionnaire's result.

    Attributes:
        day: the day.
        instrument: key in ``INSTRUMENTS``.
        value: the score.
        score_id: id in the library; empty before it is stored.
    """

    day: date
    instrument: str
    value: float
    score_id: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a runner wants to reach.

    Attributes:
        words: the goal.
        set_day: when it was set.
        until_day: until when; None when open.
        reached_day: when it was reached; None when not yet.
        goal_id: id in the library; empty before it is stored.
    """

    words: str
    set_day: date
    until_day: date | None = None
    reached_day: date | None = None
    goal_id: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The therapist's own text for a runner.

    Attributes:
        exercises: exercises.
        cues: what to think of when running.
        note: anything else.
    """

    exercises: str = ""
    cues: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Tags and note of a session.

    Attributes:
        tags: short words.
        note: free text.
    """

    tags: tuple[str, ...] = ()
    note: str = ""


def entry_from(form: Mapping[str, object]) -> JournalEntry:
    """A journal entry from a form's values.

    Args:
        form: texts (or numbers) by name of field; an empty text means not answered.

    Raises:
        FieldError: a value makes no sense, a field is unknown, or nothing was answered.
    """
    unknown = sorted(set(form) - {"day", *ENTRY_FIELDS})
    if unknown:
        raise FieldError(unknown[0][:64], "is not a field of the journal")
    answers: dict[str, object] = {}
    for name in RATING_FIELDS:
        answers[name] = _rating(form, name)
    for name, limit in AMOUNT_LIMITS.items():
        answers[name] = _amount(form, name, limit)
    for name in YES_NO_FIELDS:
        answers[name] = _yes_no(form, name)
    for name in LINE_FIELDS:
        answers[name] = line_from(form, name)
    answers["note"] = note_from(form, "note")
    if all(answer in (None, "") for answer in answers.values()):
        raise FieldError("note", "and all other fields are empty", "Answer at least one")
    day = day_from(form, "day")
    if day is None:
        raise FieldError("day", "is missing")
    return JournalEntry(day=day, **answers)  # type: ignore[arg-type]


def score_from(form: Mapping[str, object]) -> Score:
    """A questionnaire's result from a form's values.

    Raises:
        FieldError: a value makes no sense.
    """
    instrument = INSTRUMENTS.get(_text(form, "instrument", MAX_LINE))
    if instrument is None:
        raise FieldError("instrument", "is not known", f"Choose one of {', '.join(INSTRUMENTS)}")
    day = day_from(form, "day")
    value = _amount(form, "value", instrument.highest)
    if day is None or value is None:
        raise FieldError("day" if day is None else "value", "is missing")
    return Score(day, instrument.key, value)


def goal_from(form: Mapping[str, object], today: date) -> Goal:
    """A goal from a form's values.

    Raises:
        FieldError: a value makes no sense.
    """
    words = _text(form, "words", 2_000)
    if not words:
        raise FieldError("words", "is empty", "Say what is to be reached")
    return Goal(words, today, day_from(form, "until_day"))


def plan_from(form: Mapping[str, object]) -> Plan:
    """The therapist's text from a form's values.

    Raises:
        FieldError: a text is too long.
    """
    return Plan(*(note_from(form, name) for name in ("exercises", "cues", "note")))


def remark_from(form: Mapping[str, object]) -> Remark:
    """Tags, separated by commas, and note of a session from a form's values.

    Raises:
        FieldError: too many or too long tags, or too long a note.
    """
    words = [part.strip() for part in _text(form, "tags", MAX_TAGS * (MAX_TAG + 2)).split(",")]
    tags = tuple(dict.fromkeys(word for word in words if word))
    if len(tags) > MAX_TAGS:
        raise FieldError("tags", f"are more than {MAX_TAGS}")
    if any(len(tag) > MAX_TAG for tag in tags):
        raise FieldError("tags", f"hold one of more than {MAX_TAG} characters")
    return Remark(tags, note_from(form, "note"))


def conditions_from(form: Mapping[str, object], name: str = "conditions") -> dict[str, str]:
    """Conditions of a session, a line ``name: value`` each; a line without a colon is its own name.

    Raises:
        FieldError: too many lines, or one is too long.
    """
    conditions: dict[str, str] = {}
    for line in note_from(form, name).splitlines():
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not key and not value:
            continue
        if not colon or not key:
            key, value = "condition", key or value
        if len(key) > MAX_TAG or len(value) > MAX_LINE:
            raise FieldError(name, "hold too long a line")
        conditions[key] = value
    if len(conditions) > MAX_TAGS:
        raise FieldError(name, f"are more than {MAX_TAGS}")
    return conditions


def line_from(form: Mapping[str, object], name: str) -> str:
    """A text of one line; empty when not given.

    Raises:
        FieldError: it is too long or no text.
    """
    return " ".join(_text(form, name, MAX_LINE).split())


def note_from(form: Mapping[str, object], name: str) -> str:
    """A text of several lines; empty when not given.

    Raises:
        FieldError: it is too long or no text.
    """
    return _text(form, name, MAX_NOTE)


def day_from(form: Mapping[str, object], name: str) -> date | None:
    """A day as ``2026-03-31`` or ``31.3.2026``; None when not given.

    Raises:
        FieldError: it is no day.
    """
    text = _text(form, name, MAX_LINE)
    if not text:
        return None
    german = re.fullmatch(r"([0-9]{1,2})\.\s*([0-9]{1,2})\.\s*([0-9]{4})", text)
    iso = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", text)
    match = german or iso
    if match is None:
        raise FieldError(name, "is no day", "Write it as 2026-03-31 or 31.03.2026")
    parts = [int(part) for part in match.groups()]
    if german is not None:
        parts.reverse()
    try:
        day = date(*parts)
    except ValueError:
        raise FieldError(name, "is no day of the calendar") from None
    if not EARLIEST <= day < LATEST:
        raise FieldError(name, "lies too far away")
    return day


def _text(form: Mapping[str, object], name: str, limit: int) -> str:
    value = form.get(name, "")
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise FieldError(name, "is no text")
    if len(value) > limit:
        raise FieldError(name, f"has more than {limit} characters")
    kept = value.replace("\r\n", "\n").replace("\r", "\n")
    if any(_is_forbidden(character) for character in kept):
        raise FieldError(name, "holds characters that are no text")
    return kept.strip()


def _is_forbidden(character: str) -> bool:
    """Control characters and halves of characters, which no database and no page can hold."""
    code = ord(character)
    return (code < 32 and character not in "\n\t") or code == 127 or 0xD800 <= code <= 0xDFFF


def _number(form: Mapping[str, object], name: str) -> float | None:
    text = _text(form, name, MAX_LINE)
    if not text:
        return None
    if not re.fullmatch(r"[+-]?[0-9]+([.,][0-9]*)?", text):
        raise FieldError(name, "is no number")
    number = float(text.replace(",", "."))
    if not math.isfinite(number):
        raise FieldError(name, "is no number")
    return number


def _rating(form: Mapping[str, object], name: str) -> int | None:
    number = _number(form, name)
    if number is None:
        return None
    if number != int(number) or not 0 <= number <= 10:
        raise FieldError(name, "is no whole number from 0 to 10")
    return int(number)


def _amount(form: Mapping[str, object], name: str, limit: float) -> float | None:
    number = _number(form, name)
    if number is not None and not 0 <= number <= limit:
        raise FieldError(name, f"lies outside 0 to {limit:g}")
    return number


def _yes_no(form: Mapping[str, object], name: str) -> bool | None:
    text = _text(form, name, MAX_LINE)
    if text not in {"", "yes", "no"}:
        raise FieldError(name, "is neither yes nor no")
    return None if text == "" else text == "yes"
