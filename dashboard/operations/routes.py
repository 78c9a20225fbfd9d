"""Addresses for those who run the server."""

READY = "/readyz"
FIGURES = "/operations/metrics"
"""In Prometheus' text format; ``/metrics`` is the page that explains the metrics of running."""
