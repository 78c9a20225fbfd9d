"""Runs the migrations on the connection that the catalogue hands over."""

from __future__ import annotations

from alembic import context

import pipeline.catalogue.account_models
import pipeline.catalogue.journal_models
import pipeline.catalogue.result_models  # noqa: F401 - their tables belong to the metadata
from pipeline.catalogue.models import Base

connection = context.config.attributes["connection"]
# SQLite cannot alter a table in place; batch mode writes a new one and copies.
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
