"""Migrations of the catalogue, run by Alembic when a library is opened."""
