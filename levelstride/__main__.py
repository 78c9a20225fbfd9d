"""``python -m levelstride``."""

from levelstride.cli import main

main()
