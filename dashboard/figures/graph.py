"""The one place where a chart becomes a component; ``assets/charts.js`` draws it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.figures.chart import Chart
from dashboard.language import language, tr
from dashboard.parts.attributes import attributes

FIGURE_HEIGHT_PX = 300


def base_figure(x_title: str, y_title: str) -> Chart:
    """An empty figure with the project's layout.

    Text and grid colours come from the style sheet, so that a figure suits both colour schemes.

    Args:
        x_title: label of the horizontal axis, with unit.
        y_title: label of the vertical axis, with unit.
    """
    return Chart(
        {
            "separators": ",." if language() == "de" else ".,",
            "margin": {"l": 56, "r": 16, "t": 8, "b": 46},
            "height": FIGURE_HEIGHT_PX,
            "hovermode": "x unified",
            "xaxis": {"title": {"text": x_title}},
            "yaxis": {"title": {"text": y_title}},
        }
    )


def graph(figure: Chart, *, element_id: str, follow: str = "") -> Any:
    """A chart.

    Args:
        figure: the chart.
        element_id: id of the element.
        follow: id of a ``dcc.Store`` that gets the stretch that is zoomed into; a callback answers
            with finer lines in ``data-lines``. Empty for a chart that holds all it can show.
    """
    more = {"data_follow": follow} if follow else {}
    if figure.layout.get("dragmode") == "zoom":
        more["data_all"] = tr("Show all")
    return html.Div(
        id=element_id,
        className="ls-graph",
        style={"minHeight": f"{figure.layout['height']:.0f}px"},
        **attributes(data_figure=figure.to_json(), **more),
    )


def figure_with_table(
    chart: Any, *, caption: str, headings: Sequence[str], rows: Sequence[Sequence[str]]
) -> Any:
    """A chart with a caption, and its numbers as a table for those who cannot see it.

    Args:
        chart: result of ``graph``.
        caption: what the chart shows.
        headings: column headings of the table.
        rows: cells as text.
    """
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(text, scope="col") for text in headings])),
            html.Tbody([html.Tr([html.Td(text) for text in row]) for row in rows]),
        ],
        className="ls-table",
    )
    return html.Figure(
        [
            chart,
            html.Figcaption(caption),
            html.Details(
                [
                    html.Summary(tr("Show as a table")),
                    html.Div(
                        table,
                        className="ls-scroll",
                        tabIndex=0,
                        role="region",
                        **attributes(aria_label=tr("Table: {caption}", caption=caption)),
                    ),
                ]
            ),
        ]
    )
