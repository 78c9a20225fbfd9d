"""XML of unknown origin, read piece by piece: no entities, no other files, bounded depth and text."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.parsers import expat

from pipeline.errors import InputError
from pipeline.importers.text_table import open_binary, unreadable

MAX_DEPTH = 100
MAX_TEXT = 1 << 20
"""Characters of the text of one element."""
MAX_ELEMENTS = 50_000_000
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class XmlEvent:
    """The start or the end of an element.

    Attributes:
        kind: which of the two.
        tag: its name, without a namespace.
        attributes: of a start; empty at an end. Names without a namespace.
        text: at an end, the text of the element itself, where it was asked for.
        line: line in the file.
    """

    kind: Literal["start", "end"]
    tag: str
    attributes: Mapping[str, str]
    text: str
    line: int


class _Collector:
    """Takes what the parser says until it is fetched."""

    def __init__(self, path: Path, texts: frozenset[str]) -> None:
        self._path = path
        self._texts = texts
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._stack: list[list[str] | None] = []
        self._size = 0
        self._count = 0
        self.events: list[XmlEvent] = []
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._entity
        self._parser.UnparsedEntityDeclHandler = self._entity
        self._parser.ExternalEntityRefHandler = self._entity
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def feed(self, data: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            text = expat.errors.messages.get(error.code, "not XML")
            cut = error.code in (3, 5, 6) and last  # no element, unclosed token, partial character
            raise InputError(
                "the file is cut short" if cut else f"the file is no sound XML ({text})",
                path=self._path,
                line=error.lineno,
                remedy="Copy or export it again",
            ) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._stack) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise self._hostile("the file has too many elements inside each other or in all")
        tag = name.rpartition("}")[2]
        self._stack.append([] if tag in self._texts else None)
        self._size = 0
        plain = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        self.events.append(XmlEvent("start", tag, plain, "", self._parser.CurrentLineNumber))

    def _end(self, name: str) -> None:
        parts = self._stack.pop()
        tag = name.rpartition("}")[2]
        text = "" if parts is None else "".join(parts)
        self.events.append(XmlEvent("end", tag, {}, text, self._parser.CurrentLineNumber))
        self._size = 0

    def _data(self, text: str) -> None:
        if self._stack and self._stack[-1] is not None:
            self._size += len(text)
            if self._size > MAX_TEXT:
                raise self._hostile("an element holds too much text")
            self._stack[-1].append(text)

    def _doctype(
        self, name: str, system_id: str | None, public_id: str | None, internal: int
    ) -> None:
        del name, system_id, public_id  # what it points at is never opened
        if internal:
            raise self._hostile("the file has a document type of its own")

    def _entity(self, *args: object) -> int:
        del args
        raise self._hostile("the file declares entities")

    def _hostile(self, what: str) -> InputError:
        return InputError(
            what,
            path=self._path,
            line=self._parser.CurrentLineNumber,
            remedy="Such a file may be made to do harm; export it again from its program",
        )


def xml_events(path: Path, texts: frozenset[str]) -> Iterator[XmlEvent]:
    """Read an XML file, plain or gzip, as starts and ends of elements.

    Args:
        path: the file.
        texts: elements whose text is wanted.

    Raises:
        InputError: no sound XML, cut short, entities, or too deep, large or many elements.
    """
    collector = _Collector(path, texts)
    try:
        with open_binary(path) as file:
            while data := file.read(_CHUNK_BYTES):
                collector.feed(data, last=False)
                yield from collector.events
                collector.events.clear()
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error) from error
    collector.feed(b"", last=True)
    yield from collector.events
