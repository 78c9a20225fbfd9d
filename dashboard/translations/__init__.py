"""Catalogue of the dashboard's words in other languages."""
