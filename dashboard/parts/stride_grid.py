"""The stride table of a session, sorted and filtered, a page at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from dash import dcc, html

from dashboard.language import tr
from dashboard.number_text import MISSING, name_with_unit, plain_number
from dashboard.parts.attributes import attributes
from dashboard.parts.forms import choice_field, number_field
from dashboard.stride_rows import GRID_METRICS, SIZES, StrideQuery, StrideRows
from dashboard.text import GAIT_WORDS
from pipeline.metrics.registry import METRICS
from pipeline.stride import FLAG_NAMES, INVALIDATING_FLAGS

GRID_ID = "stride-grid"
QUERY_ID = "stride-query"
VALID_ONLY_ID = "valid-only"


def grid_columns() -> list[tuple[str, str]]:
    """Columns of the table: field and heading."""
    return [
        ("number", tr("No.")),
        ("side", tr("Side")),
        ("time_s", tr("Foot strike (s)")),
        ("gait", tr("Gait")),
        *[(key, name_with_unit(key)) for key in GRID_METRICS],
        ("valid", tr("Valid")),
        ("flags", tr("Flags")),
    ]


def _number(value: float, decimals: int) -> str:
    return plain_number(value, decimals) if math.isfinite(value) else MISSING


def grid_rows(strides: pd.DataFrame) -> list[list[str]]:
    """Cells of the table, in the order of ``grid_columns``; a dash where not known.

    Args:
        strides: rows of ``StrideRows``.
    """
    flags = [str(text) if text else "" for text in strides["flags"].tolist()]
    columns: list[Sequence[str]] = [
        [str(number) for number in strides["number"].tolist()],
        [tr(str(side)) for side in strides["side"].tolist()],
        [_number(float(time), 2) for time in strides["time_s"].tolist()],
        [tr(GAIT_WORDS.get(gait, "")) for gait in strides["gait"].tolist()],
        *[
            [_number(float(value), METRICS[key].decimals) for value in strides[key].tolist()]
            for key in GRID_METRICS
        ],
        [tr("yes") if valid else tr("no") for valid in strides["valid"].tolist()],
        [text.replace("|", ", ") for text in flags],
    ]
    return [list(cells) for cells in zip(*columns, strict=True)]


def flag_words(flags: str) -> str:
    """Flags joined by ``|`` as sentences."""
    return "; ".join(tr(FLAG_NAMES.get(name, name)) for name in flags.split("|") if name)


def flags_in(strides: pd.DataFrame) -> dict[str, int]:
    """How many strides carry each flag, in the order of ``FLAG_NAMES``; absent ones left out."""
    counts = dict.fromkeys(FLAG_NAMES, 0)
    for flags, strides_with in strides["flags"].fillna("").value_counts().items():
        for name in str(flags).split("|"):
            if name:
                counts[name] = counts.get(name, 0) + int(strides_with)
    return {name: count for name, count in counts.items() if count}


def flag_list(strides: pd.DataFrame) -> Any:
    """The flags that occur, what they mean, and whether they keep a stride out of summaries."""
    counts = flags_in(strides)
    if not counts:
        return html.P(tr("No stride carries a flag."))
    return html.Dl(
        [
            html.Div(
                [
                    html.Dt(
                        [
                            html.Code(name),
                            " ",
                            tr("1 stride") if count == 1 else tr("{count} strides", count=count),
                        ]
                    ),
                    html.Dd(
                        tr(FLAG_NAMES.get(name, "not described"))
                        + (f"; {tr('not in summaries')}" if name in INVALIDATING_FLAGS else "")
                    ),
                ]
            )
            for name, count in counts.items()
        ],
        className="ls-terms",
        id="flag-list",
    )


def _sort_button(field: str, words: str, query: StrideQuery) -> Any:
    here = query.sort == field
    order = "desc" if here and query.order == "asc" else "asc"
    mark = {"asc": " ▲", "desc": " ▼"}[query.order] if here else ""
    return html.Th(
        html.Button(
            f"{words}{mark}",
            type="button",
            className="ls-sort",
            **attributes(data_set=f"sort={field}&order={order}&page=1"),
        ),
        scope="col",
        **attributes(
            aria_sort={"asc": "ascending", "desc": "descending"}[query.order] if here else "none"
        ),
    )


def _turn(words: str, page: int, *, possible: bool) -> Any:
    return html.Button(
        words,
        type="button",
        className="ls-page",
        disabled=not possible,
        **attributes(data_set=f"page={page}"),
    )


def stride_page(found: StrideRows, query: StrideQuery) -> list[Any]:
    """One page of the table, with what leads to the others.

    Args:
        found: its rows.
        query: what was asked for.
    """
    columns = grid_columns()
    body = [
        html.Tr(
            [
                html.Th(cells[0], scope="row"),
                *[html.Td(cell) for cell in cells[1:-1]],
                html.Td(
                    html.Span(cells[-1], title=flag_words(flags) or None), className="ls-flags"
                ),
            ]
        )
        for cells, flags in zip(
            grid_rows(found.rows), found.rows["flags"].fillna("").tolist(), strict=True
        )
    ]
    pages = max(1, -(-found.count // query.size))
    first = (found.page - 1) * query.size + 1
    last = min(found.page * query.size, found.count)
    shown = (
        tr("{first} to {last} of {count}", first=first, last=last, count=found.count)
        if found.count
        else tr("No stride matches.")
    )
    return [
        html.Div(
            html.Table(
                [
                    html.Thead(html.Tr([_sort_button(*column, query) for column in columns])),
                    html.Tbody(body),
                ],
                className="ls-table ls-strides",
            ),
            className="ls-scroll ls-stride-scroll",
            tabIndex=0,
            role="region",
            **attributes(aria_label=tr("Stride table")),
        ),
        html.Div(
            [
                _turn(tr("Previous"), found.page - 1, possible=found.page > 1),
                html.Span(shown, id="stride-count", role="status"),
                _turn(tr("Next"), found.page + 1, possible=found.page < pages),
            ],
            className="ls-pages",
        ),
    ]


def stride_table(strides: pd.DataFrame) -> Any:
    """What filters the table; its first page is asked for when the table comes into sight.

    Args:
        strides: stride table, both legs.
    """
    every = ("", tr("all"))
    gaits = [gait for gait in ("run", "walk") if (strides["gait"] == gait).any()]
    return html.Div(
        [
            dcc.Store(id=QUERY_ID),
            html.Div(
                [
                    choice_field(
                        "stride-side",
                        "side",
                        tr("Side"),
                        [every, ("left", tr("left")), ("right", tr("right"))],
                    ),
                    choice_field(
                        "stride-gait",
                        "gait",
                        tr("Gait"),
                        [every, *[(gait, tr(GAIT_WORDS[gait])) for gait in gaits]],
                    ),
                    choice_field(
                        "stride-flag",
                        "flag",
                        tr("Flag"),
                        [every, *[(name, name) for name in flags_in(strides)]],
                    ),
                    choice_field(
                        "stride-size", "size", tr("Rows"), [(str(n), str(n)) for n in SIZES]
                    ),
                    choice_field(
                        VALID_ONLY_ID,
                        "valid",
                        tr("Shown"),
                        [every, ("yes", tr("Valid strides only"))],
                    ),
                    choice_field(
                        "stride-metric",
                        "metric",
                        tr("Values of"),
                        [
                            ("", "–"),
                            *[(key, name_with_unit(key)) for key in GRID_METRICS],
                        ],
                    ),
                    number_field("stride-low", "low", tr("from")),
                    number_field("stride-high", "high", tr("up to")),
                ],
                className="ls-controls",
            ),
            html.Div(id=GRID_ID, className="ls-stride-grid"),
        ],
        **attributes(data_query=QUERY_ID, data_asks="in-sight"),
    )
