"""Sphinx: Markdown pages, strict."""

import importlib.metadata

project = "levelstride"
author = "the levelstride authors"
copyright = "2026, the levelstride authors"  # noqa: A001 - Sphinx names it so
release = importlib.metadata.version("levelstride")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = False
autodoc_typehints = "description"
html_theme = "furo"
html_title = "levelstride"
