"""Texts without the passwords that stood in them."""

from __future__ import annotations

import re

_IN_ADDRESS = re.compile(r"(?<=://)([^/\s:@]*):[^/\s]*@")
_IN_QUERY = re.compile(r"(?i)\b(password|passwd|pwd|secret|token|key)=([^&\s'\"]+)")


def without_secrets(text: str) -> str:
    """``text`` with ``***`` in place of passwords in URLs and in ``name=value`` pairs."""
    return _IN_QUERY.sub(r"\1=***", _IN_ADDRESS.sub(r"\1:***@", text))
