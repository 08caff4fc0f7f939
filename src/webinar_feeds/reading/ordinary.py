"""Ordinary files, read at little more than what YAML's parser costs: events straight to values.

Keeps no places and says nothing, ever. Whatever is not entirely ordinary (a mark of YAML that
event files do not use, a key that is not known, a value that cannot be read) raises
`NotOrdinary`, and the file is read by `nodes` and `kinds`, which know where things stand and what
to say. Both follow the same declarations and share what a text means (`Word.meant`).
"""

from __future__ import annotations

import unicodedata
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from webinar_feeds.reading.characters import MARKS, REFUSED, unfit
from webinar_feeds.reading.kinds import InWords, Many, NotOrdinary, Record, Text, Values
from webinar_feeds.reading.nodes import TIGHT, Events, Lines
from webinar_feeds.timezones import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from webinar_feeds.reading.characters import Source
    from webinar_feeds.reading.kinds import Kind

    Get = Callable[[], Any]  # the next event of yaml's, which are untyped
    OfText = Callable[[str, str], Any]  # the value of a text that stands under a key
    OfEvent = Callable[[Any, Get, str], Any]  # the value that begins with an event

_BEGINNING: Final = [StreamStartEvent, DocumentStartEvent, MappingStartEvent]
_END: Final = [DocumentEndEvent, StreamEndEvent]
_PLAIN: Final = bytes((0x09, 0x0A, 0x0D, *range(0x20, 0x7F)))


class _Known(dict[str, Any]):
    """What to do by key; to meet another key is not ordinary."""

    def __missing__(self, key: str) -> Any:  # noqa: ANN401 - nothing comes back
        raise NotOrdinary


class Plan(NamedTuple):
    """A record, prepared for `read`: by key, how a value is read that is a text, and any other.

    Of a text that is only to stand on one line, nothing is to be asked: it has None.
    """

    texts: dict[str, OfText | None]
    others: dict[str, OfEvent]
    required: tuple[str, ...]


def plan(record: Record) -> Plan:
    """A declared record, prepared for `read`."""
    both = {field.key: _ways(field.kind) for field in record.fields}
    return Plan(
        _Known({key: of_text for key, (of_text, _) in both.items()}),
        _Known({key: of_event for key, (_, of_event) in both.items()}),
        tuple(field.key for field in record.fields if field.required),
    )


def read(source: Source, whole: Plan, limit: int) -> Values:
    """The typed values of a file.

    Args:
        source: the file.
        whole: the record that it is, prepared.
        limit: how many bytes it may have.

    Raises:
        NotOrdinary: it may be that something is to be said of this file.
    """
    data = source.data
    if unfit(source, limit, Lines(source)) or not _is_clear(data.removeprefix(BOM_UTF8)):
        raise NotOrdinary
    if b" #" in data and TIGHT.search(data.decode()):
        raise NotOrdinary
    get: Get = Events(data).get_event
    if b"&" in data or b"!" in data or b"\\" in data:
        get = _watched(get)
    try:
        if [type(get()) for _ in _BEGINNING] != _BEGINNING:
            raise NotOrdinary
        values = _record(whole, get)
        if [type(get()) for _ in _END] != _END:
            raise NotOrdinary
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise NotOrdinary from error
    return values


def _is_clear(data: bytes) -> bool:
    """Whether UTF-8 holds no character that is refused and none that NFC may compose.

    ASCII is looked at in one go. Its letters compose with nothing but `MARKS`, so that what is
    left of the text tells whether all of it is NFC.
    """
    rest = data.translate(None, _PLAIN).decode()
    if not rest:
        return True
    if REFUSED.search(rest):
        return False
    return unicodedata.is_normalized("NFC", data.decode() if MARKS.search(rest) else rest)


def _watched(get: Get) -> Get:
    """The same events; to meet an anchor, a tag, or what an escape should not make raises."""

    def watched() -> Any:  # noqa: ANN401 - yaml's events are untyped
        event = get()
        if getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None:
            raise NotOrdinary
        if type(event) is ScalarEvent and event.style == '"':
            made = event.value.encode()
            if b"\r" in made or not _is_clear(made):
                raise NotOrdinary
        return event

    return watched


def _record(known: Plan, get: Get) -> Values:
    """The values of a mapping whose first event has been taken."""
    texts, others, required = known
    scalar, values = ScalarEvent, Values()
    event = get()
    while type(event) is scalar:
        key = event.value
        event = get()
        if key in values:
            raise NotOrdinary
        if type(event) is scalar:
            text, of_text = event.value.strip(), texts[key]
            if of_text is None and text and text != "~" and "\n" not in text:
                values[key] = text  # as `_meant` would have it, without the call
            else:
                values[key] = _meant(text, key, of_text)
        else:
            values[key] = others[key](event, get, key)
        event = get()
    if type(event) is not MappingEndEvent:
        raise NotOrdinary
    for key in required:
        if key not in values:
            raise NotOrdinary
    return values


def _meant(text: str, key: str, of_text: OfText | None) -> Any:  # noqa: ANN401 - each kind its own type
    """The value of a text that is there and right."""
    if not text or text == "~":
        raise NotOrdinary
    if of_text is None:
        if "\n" in text:
            raise NotOrdinary
        return text
    value = of_text(text, key)
    if type(value) is Problem:
        raise NotOrdinary
    return value


def _ways(kind: Kind) -> tuple[OfText | None, OfEvent]:
    """How a value of a kind is read: from a text, and from the event that it begins with."""
    if isinstance(kind, Record):
        return _ways_of_record(kind)
    if isinstance(kind, Many):
        return _ways_of_many(kind)
    if isinstance(kind, InWords) and not kind.lines:
        return None, _refuse  # in several languages it is not ordinary
    if isinstance(kind, Text) and not kind.lines and kind.parse is None:
        return None, _refuse
    return kind.meant, _refuse  # type: ignore[attr-defined]  # all others are words


def _refuse(*_: object) -> Any:  # noqa: ANN401 - nothing comes back
    """Another thing stands here than what should."""
    raise NotOrdinary


def _ways_of_record(record: Record) -> tuple[OfText, OfEvent]:
    known = plan(record)
    short = record.shorthand
    if short is None or not {*known.required} <= {short}:
        return _refuse, _of_mapping(known)
    word = known.texts[short]

    def from_text(text: str, key: str) -> Values:  # noqa: ARG001 - as the others
        return Values({short: _meant(text, short, word)})

    return from_text, _of_mapping(known)


def _of_mapping(known: Plan) -> OfEvent:
    def from_event(event: Any, get: Get, key: str) -> Values:  # noqa: ANN401, ARG001 - untyped
        if type(event) is not MappingStartEvent:
            raise NotOrdinary
        return _record(known, get)

    return from_event


def _ways_of_many(many: Many) -> tuple[OfText, OfEvent]:
    of_text, of_event = _ways(many.kind)

    def from_text(text: str, key: str) -> tuple[Any, ...]:
        return (_meant(text, key, of_text),)

    def from_event(event: Any, get: Get, key: str) -> tuple[Any, ...]:  # noqa: ANN401 - untyped
        if type(event) is not SequenceStartEvent:
            return (of_event(event, get, key),)
        values = []
        event = get()
        while type(event) is not SequenceEndEvent:
            if type(event) is ScalarEvent:
                values.append(_meant(event.value.strip(), key, of_text))
            else:
                values.append(of_event(event, get, key))
            event = get()
        return tuple(values)

    return from_text, from_event
