"""Exit codes of the command line."""

DONE = 0
"""Finished."""
FAULT = 1
"""A fault of levelstride."""
WRONG_USE = 2
"""Wrong usage or input."""
DOUBTFUL = 3
"""Finished, but with data lost or doubtful."""
