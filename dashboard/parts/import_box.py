"""The place where files are dropped to be imported; ``assets/import.js`` does the rest."""

from __future__ import annotations

import json
from typing import Any

from dash import html

from dashboard import routes
from dashboard.language import tr
from dashboard.parts.attributes import attributes
from dashboard.parts.forms import line_field, silent_words
from sensors.placement import Placement


def import_box() -> Any:
    """Fields, the drop area and the list of imports."""
    return html.Details(
        [
            html.Summary(tr("Import files")),
            html.Div(
                [
                    line_field("import-runner", "runner", tr("Runner (name or code)")),
                    line_field(
                        "import-conditions",
                        "conditions",
                        tr("Condition (optional)"),
                        hint=tr("insole: on"),
                    ),
                ],
                className="ls-fields",
            ),
            html.Div(
                [
                    html.P(
                        tr("Drop recordings or sensor exports here."), className="ls-drop-words"
                    ),
                    html.Button(
                        tr("Choose files"), id="import-choose", type="button", className="ls-button"
                    ),
                    html.P(
                        tr(
                            "Recordings (.mcap), tables (.csv, .parquet) and exports of sensor "
                            "makers. The files of one session's sensors are dropped together. "
                            "Everything stays on this computer."
                        ),
                        className="ls-dim ls-small",
                    ),
                ],
                id="import-drop",
                className="ls-drop",
                **attributes(
                    data_uploads=routes.UPLOADS,
                    data_imports=routes.IMPORTS,
                    data_refused=tr("This was refused."),
                    data_silent=silent_words(),
                    data_sending=tr("Reading"),
                    data_waiting=tr("waiting"),
                    data_working=tr("being analysed"),
                    data_failed=tr("not imported"),
                    data_done=tr("imported."),
                    data_doubtful=tr("imported, with remarks on its data."),
                    data_open=tr("Open the session"),
                    data_answers=routes.IMPORT_ANSWERS,
                    data_asks=tr("The files do not tell everything. Please say:"),
                    data_rate=tr("Sampling rate (Hz)"),
                    data_answer=tr("Go on with the import"),
                    data_places=json.dumps(
                        [["", tr("leave out")], *[[p.value, tr(p.label)] for p in Placement]]
                    ),
                ),
            ),
            html.P(id="import-status", role="status", className="ls-result ls-problem"),
            html.Ul(
                id="import-jobs",
                className="ls-jobs",
                **attributes(aria_live="polite", aria_label=tr("Imports")),
            ),
        ],
        id="import-box",
        className="ls-card ls-details",
    )
