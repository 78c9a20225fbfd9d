"""All German words; an English text that is not a key here is shown in English."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.translations.german_accounts import ACCOUNTS
from dashboard.translations.german_explanations import EXPLANATIONS
from dashboard.translations.german_help import HELP
from dashboard.translations.german_live import LIVE
from dashboard.translations.german_metrics import METRIC_WORDS
from dashboard.translations.german_pages import PAGES
from dashboard.translations.german_said import SAID
from dashboard.translations.german_session import SESSION

GERMAN: Mapping[str, str] = {
    **PAGES,
    **METRIC_WORDS,
    **HELP,
    **LIVE,
    **SAID,
    **ACCOUNTS,
    **SESSION,
    **EXPLANATIONS,
}
