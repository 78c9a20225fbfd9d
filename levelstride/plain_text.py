"""Text from files, sensors and people, made safe for a terminal."""


def one_line(text: str) -> str:
    """``text`` without line breaks and control characters, which could redraw a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
