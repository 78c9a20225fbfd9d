"""Does, while nobody waits, what the first page would otherwise wait for."""

from __future__ import annotations

import io
import json
import threading

import pandas as pd
from dash import html
from plotly.utils import PlotlyJSONEncoder


def _prepare() -> None:
    table = io.BytesIO()
    pd.DataFrame({"side": ["left"]}).to_parquet(table, engine="pyarrow")
    pd.read_parquet(table, engine="pyarrow")  # loads what reads tables
    json.dumps(html.Div(), cls=PlotlyJSONEncoder)


async def warm_up() -> None:
    """Do it in a thread of its own; the server answers meanwhile."""
    threading.Thread(target=_prepare, name="warm-up").start()
