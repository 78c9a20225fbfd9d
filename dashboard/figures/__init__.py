"""Figures: pure functions from data to a chart, without server or files."""
