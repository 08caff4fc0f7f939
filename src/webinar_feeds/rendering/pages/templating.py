"""Jinja2, made ready for pages: the filters that templates may use.

What a template puts out is escaped unless it was made safe (W11, S7). Imported when a page is
really rendered, because Jinja2 costs as much time as everything else of a small build.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    FunctionLoader,
    StrictUndefined,
    TemplateSyntaxError,
)
from markupsafe import Markup

from webinar_feeds import timezones
from webinar_feeds.diagnostics import Location, Refused
from webinar_feeds.model import Audience, Words
from webinar_feeds.publications import slug
from webinar_feeds.rendering import markdown, wording
from webinar_feeds.rendering.pages import links, qr
from webinar_feeds.rendering.pages.language import autonym, language, msgid
from webinar_feeds.rendering.pages.overrides import ENDING, unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from jinja2.bccache import Bucket

    from webinar_feeds.diagnostics import Rule
    from webinar_feeds.model import Organizer, Session, Site, Speaker, Template
    from webinar_feeds.rendering.pages.language import Language


def render(name: str, tag: str, values: dict[str, Any]) -> bytes:
    """A page.

    Args:
        name: the template's.
        tag: the language of the page's own words (BCP 47).
        values: what the template may use.
    """
    site: Site = values["site"]
    own = tuple(each for each in site.templates if each.name.endswith(ENDING))
    with refusing(own, unusable):
        return _environment(tag, own).get_template(name).render(values).encode()


@contextmanager
def refusing(own: Iterable[Template], rule: Rule) -> Iterator[None]:
    """Where a template is rendered: when one of the site's own fails, its author is told so.

    Args:
        own: the site's own templates.
        rule: what says that one cannot be used; its words name `why` and `path`.

    Raises:
        Refused: one of `own` cannot be used; says the line, and why.
    """
    try:
        yield
    except Exception as error:
        place = _failed_at(error, {each.path: each for each in own})
        if place is None:
            raise
        why = _OBJECT.sub(r"a \1", str(error).rstrip("."))
        raise Refused([rule.diagnostic(place, why=why, path=place.file)]) from error


def _failed_at(error: Exception, own: Mapping[str, Template]) -> Location | None:
    """The line of a site's own template that an error comes from, None when it is not from one."""
    if isinstance(error, TemplateSyntaxError) and error.filename in own:
        return _line(own[error.filename or ""], error.lineno)
    place = None
    frame = error.__traceback__
    while frame is not None:
        # Jinja2 lets a template's lines appear in tracebacks as those of a file.
        template = own.get(frame.tb_frame.f_code.co_filename)
        if template is not None:
            place = _line(template, frame.tb_lineno)
        frame = frame.tb_next
    return place


def _line(template: Template, number: int) -> Location:
    lines = template.data.decode(errors="replace").splitlines()
    text = lines[number - 1] if 0 < number <= len(lines) else ""
    return Location(template.path, number, 1, len(text) + 1, text)


_OBJECT = re.compile(r"'webinar_feeds\.[\w.]*?(\w+) object'")
_TEMPLATES = Path(__file__).parent / "templates"


APPS = {
    "google": "Google Calendar",
    "apple": "Apple Calendar",
    "outlook": "Outlook.com",
    "office365": "Microsoft 365",
    "thunderbird": "Thunderbird",
    "icsx5": "Android (ICSx5)",
    "yahoo": "Yahoo",
}


# What scripts say; they know the words by these.
SCRIPTED = (
    msgid("Copied"),
    msgid("Join"),
    msgid("On now"),
    msgid("Past"),
    msgid("Starts {when}"),
    msgid("This session is over"),
    msgid("Time zone"),
    msgid("Upcoming"),
    msgid("Your time: {time}"),
)


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates, kept where Python keeps compiled modules, and whenever it would.

    Compiling ours takes twice as long as everything else that pages cost.
    """

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template, if that can be."""
        if sys.dont_write_bytecode or sys.pycache_prefix is not None:
            return
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


def own_loader(own: tuple[Template, ...]) -> FunctionLoader:
    """What loads an organiser's own templates; errors then name the file's path."""
    by_name = {each.name: each for each in own}

    def found(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        each = by_name.get(name)
        if each is None:
            return None
        try:
            return each.data.decode(), each.path, lambda: True
        except UnicodeDecodeError as error:
            why = "it is not UTF-8"
            raise TemplateSyntaxError(why, 1, name, each.path) from error

    return FunctionLoader(found)


@lru_cache(maxsize=16)
def _environment(tag: str, own: tuple[Template, ...]) -> Environment:
    words = language(tag)
    made = Environment(
        loader=ChoiceLoader([own_loader(own), FileSystemLoader(_TEMPLATES)]),
        bytecode_cache=_Compiled(str(_TEMPLATES / "__pycache__")),
        auto_reload=False,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {
        "_": words.text,
        "apps": APPS,
        "autonym": autonym,
        "lang": words,
        "n_": words.plural,
        "page_tag": spoken(tag, words),
        "tag": tag,
        "ways": _as_json(dict(links.WAYS)),
        "words": _for_scripts(words),
    }
    made.filters |= {
        "about": about,
        "elsewhere": elsewhere,
        "in_utc": in_utc,
        "iso": iso,
        "join_link": join_link,
        "language": words.language_name,
        "linked": linked,
        "markdown": lambda text: Markup(markdown.to_html(text)),  # noqa: S704 - made safe there
        "name": wording.name,
        "people": people,
        "qr": lambda address, label: Markup(qr.svg(address, label)),  # noqa: S704 - made there
        "offset": wording.position,
        "seconds": lambda value: int(value.total_seconds()),
        "slug": slug,
        "tongue": tongue,
        "zone": wording.abbreviation,
    }
    return made


def _for_scripts(words: Language) -> Markup:
    """What the pages' scripts say, in the language of the page (W4)."""
    return _as_json({each: words.text(each) for each in SCRIPTED})


def _as_json(told: object) -> Markup:
    """A value for a script to read; nothing in it can end the script (W4)."""
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - as said


def iso(value: datetime) -> str:
    """`2020-06-17T13:00:00+02:00`, in UTC with a `Z` (W9)."""
    return value.isoformat().replace("+00:00", "Z")


def tongue(text: str, own: str, page: str) -> Markup:
    """` lang="…" dir="auto"` where a text is not in the language of the page, else nothing.

    So it is spoken as it is written (WCAG 3.1.2), and runs its own way.

    Args:
        text: what is shown.
        own: the language of a text that is given in one alone; empty when it is the page's.
        page: the language of the page.
    """
    found = text.language if isinstance(text, Words) else own
    marked = Markup(' lang="{}" dir="auto"')
    return marked.format(found) if found and found != page else Markup("")


def spoken(tag: str, words: Language) -> str:
    """The language of a page: that of what it shows, or of its own words where these differ.

    A series in a language that has no catalogue has a page in English, and says so; what is in
    the series' language is marked.
    """
    own, known = (each.partition("-")[0].lower() for each in (tag, words.tag))
    return tag if own == known else words.tag


def in_utc(value: datetime) -> datetime:
    """The same instant on the clock of UTC."""
    return timezones.at(value, "UTC")


def join_link(session: Session) -> str | None:
    """Where one joins, if everybody may know (S10)."""
    join = session.join
    return join.url if join is not None and join.audience is Audience.PUBLIC else None


def linked(organizers: Iterable[Organizer]) -> list[str | Markup]:
    """The organisers' names, as links where they have an address."""
    link = Markup('<a href="{}" rel="noopener noreferrer">{}</a>')
    return [
        each.name if each.url is None else link.format(each.url, each.name) for each in organizers
    ]


def people(session: Session) -> list[str]:
    """The names of a session's speakers, each once."""
    return list(dict.fromkeys(map(wording.name, wording.speakers(session))))


def about(speaker: Speaker) -> str:
    """What is known of a speaker besides the name."""
    return wording.introduction(speaker).removeprefix(wording.name(speaker)).removeprefix(", ")


def elsewhere(session: Session) -> list[tuple[str, datetime, datetime]]:
    """The session's start and end where its speakers are, where clocks show another time there."""
    found: dict[str, tuple[str, datetime, datetime]] = {}
    for speaker in wording.speakers(session):
        place = speaker.city or (speaker.zone or "").rpartition("/")[2].replace("_", " ")
        if speaker.zone is None or place in found:
            continue
        start, end = (timezones.at(each, speaker.zone) for each in (session.start, session.end))
        if start.utcoffset() != session.start.utcoffset():
            found[place] = place, start, end
    return [*found.values()]
