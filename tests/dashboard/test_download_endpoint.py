"""The stride table as a file, on a served dashboard."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from dashboard.routes import strides_csv_url
from pipeline.store import Store
from pipeline.stride_table import STRIDE_COLUMNS
from tests.dashboard.conftest import ServeDashboard
from tests.dashboard.made_sessions import make_session
from tests.dashboard.requests import ask

pytestmark = pytest.mark.real_time


def test_the_file_has_every_stride_and_column(
    store: Store, serve_dashboard: ServeDashboard
) -> None:
    session_id = store.add_session(make_session(1))
    answer = ask(serve_dashboard().port, strides_csv_url(session_id))
    assert answer.status == 200
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="strides-{session_id}.csv"'
    )
    table = pd.read_csv(io.BytesIO(answer.body))
    assert tuple(table.columns) == STRIDE_COLUMNS
    stored = store.session(session_id).strides
    assert len(table) == len(stored) == 120
    assert table["cpd_peak_deg"].isna().sum() == stored["cpd_peak_deg"].isna().sum() == 4
    assert table["tir_exc_deg"].sum() == pytest.approx(stored["tir_exc_deg"].sum())


@pytest.mark.parametrize("session_id", ["none", "..", "a%22b", "x%0d%0aSet-Cookie: a=b"])
def test_an_unknown_or_hostile_id_gives_no_file(
    serve_dashboard: ServeDashboard, session_id: str
) -> None:
    answer = ask(
        serve_dashboard().port, f"/api/sessions/{session_id.replace(' ', '%20')}/strides.csv"
    )
    assert answer.status == 404
    assert "set-cookie" not in answer.headers
