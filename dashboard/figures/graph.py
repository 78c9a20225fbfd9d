"""The one place where a chart becomes a component.

Every chart goes through ``graph``: Plotly's "Share chart…" button uploads data to a server of
its maker and is switched on unless a chart says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from dash import dcc, html

from dashboard.figures.chart import Chart
from dashboard.language import language, tr
from dashboard.parts.attributes import attributes

GRAPH_CONFIG: dict[str, Any] = {
    "showSendToCloud": False,
    "displaylogo": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "sendDataToCloud"],
    "scrollZoom": False,
}
FIGURE_HEIGHT_PX = 300


def base_figure(x_title: str, y_title: str) -> Chart:
    """An empty figure with the project's layout.

    Text and grid colours come from the style sheet, so that a figure suits both colour schemes.

    Args:
        x_title: label of the horizontal axis, with unit.
        y_title: label of the vertical axis, with unit.
    """
    axis = {"gridcolor": "#c6ccd2", "zerolinecolor": "#8b949e", "linecolor": "#8b949e"}
    return Chart(
        {
            "separators": ",." if language() == "de" else ".,",
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "system-ui, 'Liberation Sans', sans-serif", "size": 13},
            "margin": {"l": 56, "r": 16, "t": 8, "b": 52},
            "height": FIGURE_HEIGHT_PX,
            "hovermode": "x unified",
            "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
            "xaxis": {
                **axis,
                "title": {"text": x_title, "standoff": 8, "font": {"size": 13}},
                "showgrid": False,
                "zeroline": False,
            },
            "yaxis": {**axis, "title": {"text": y_title, "standoff": 8, "font": {"size": 13}}},
        }
    )


def graph(figure: Chart, *, element_id: str) -> Any:
    """A chart; ``assets/charts.js`` draws it when it comes into sight.

    Args:
        figure: the chart.
        element_id: id of the element.
    """
    return html.Div(
        id=element_id,
        className="ls-graph",
        style={"minHeight": f"{figure.layout['height']:.0f}px"},
        **attributes(data_figure=figure.to_json(GRAPH_CONFIG)),
    )


def followed_graph(figure: Chart | None, *, element_id: str) -> Any:
    """A chart whose zooms a callback follows.

    Args:
        figure: the chart; None for none yet.
        element_id: id of the component.
    """
    return dcc.Graph(
        id=element_id,
        figure=figure.to_plain() if figure is not None else {},
        config=cast("Any", GRAPH_CONFIG),
        className="ls-graph",
        mathjax=False,
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
