"""The HTTP interface for programs: sending recordings."""
