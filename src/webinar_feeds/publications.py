"""Views: what else is published of the series, across them, under the same UIDs.

A site, a topic, a language or a speaker is a publication like any other; no renderer knows which
one it draws, so none can give its sessions other identifiers.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from webinar_feeds import translations
from webinar_feeds.artifacts import is_device
from webinar_feeds.ledger import derived_uid
from webinar_feeds.model import Publication, Scope

if TYPE_CHECKING:
    from datetime import datetime

    from webinar_feeds.model import Entry, Session, Site

FOLDERS = {"topics": Scope.TOPIC, "languages": Scope.LANGUAGE, "speakers": Scope.SPEAKER}
_SEPARATORS = re.compile(r"[^a-z0-9]+")


def subjects(session: Session) -> tuple[tuple[str, str], ...]:
    """The views that a session may be in: their paths, each once, and what they are called."""
    found: dict[str, str] = {}
    for folder, names in (
        ("topics", session.topics),
        ("languages", session.languages),
        ("speakers", (each.name for talk in session.talks for each in talk.speakers)),
    ):
        for name in names:
            found.setdefault(f"{folder}/{slug(name)}", name)
    return tuple(found.items())


def is_worthwhile(path: str, sessions: int, languages: int) -> bool:
    """Whether a view that has never been published is worth following.

    A language is when the site speaks several, a speaker when they speak in more than one session:
    otherwise another calendar holds exactly the same.

    Args:
        path: the view's, as `subjects` gives it.
        sessions: how many it has.
        languages: how many the site speaks.
    """
    if path.startswith("languages/"):
        return languages > 1
    return sessions > 1 or not path.startswith("speakers/")


def scope_of(path: str) -> Scope:
    """What a view gathers; the site's path is empty."""
    return FOLDERS[path.partition("/")[0]] if path else Scope.SITE


def view(path: str, name: str, site: Site, site_uid: str, modified: datetime) -> Publication:
    """A view as it is published, without its entries.

    Args:
        path: where it is, empty for the site.
        name: what it is called.
        site: names the site, its language and its publisher.
        site_uid: the namespace of the views' own UIDs.
        modified: when it last changed, UTC.
    """
    return Publication(
        scope=scope_of(path),
        path=path,
        uid=derived_uid(site_uid, path) if path else site_uid,
        title=f"{site.title}: {name}" if path else site.title,
        language=site.language,
        entries=(),
        modified=modified,
        page=site.base_url,
        organizers=(site.publisher,) if site.publisher else (),
    )


def as_published(
    told: Publication, written_in: tuple[str, ...], site: Site
) -> tuple[Publication, ...]:
    """A series' publication in each language that it is written in, its own first.

    Each knows where the others are. Their sessions have the same UIDs, the calendars have not.
    A session that has no page of its organisers' has the one that we make, if its address is known.

    Args:
        told: the publication in the series' own language.
        written_in: all its languages, its own first.
        site: where it will be found, and in which formats.
    """
    found = _in_all_languages(told, written_in)
    if site.base_url is None or "pages" not in site.formats:
        return found
    return tuple(_with_pages(each, f"{site.base_url}{each.path}/") for each in found)


def _with_pages(told: Publication, folder: str) -> Publication:
    def entries(some: tuple[Entry, ...]) -> tuple[Entry, ...]:
        return tuple(
            each
            if each.session.page
            else each._replace(
                session=replace(each.session, page=f"{folder}sessions/{each.session.id}.html")
            )
            for each in some
        )

    return replace(
        told, page=told.page or folder, entries=entries(told.entries), left=entries(told.left)
    )


def _in_all_languages(told: Publication, written_in: tuple[str, ...]) -> tuple[Publication, ...]:
    if len(written_in) < 2:
        return (told,)
    own, *others = written_in
    where = ((own, told.path), *((tag, translations.folder(told.path, tag)) for tag in others))
    told = replace(told, translations=where)
    return told, *(
        translations.publication(told, tag, derived_uid(told.uid, tag)) for tag in others
    )


@lru_cache(maxsize=1024)
def slug(text: str) -> str:
    """A name for a path and an address: small ASCII letters, digits and hyphens.

    A text in a script that has no ASCII form gets a short hash, which never changes either; so does
    one that Windows would take for a device.
    """
    if text.isascii():
        name = _SEPARATORS.sub("-", _spoken(text.lower())).strip("-")[:64].strip("-")
        if name and not is_device(name):
            return name
    folded = unicodedata.normalize("NFKD", text.casefold())
    spoken = _spoken(folded)
    name = _SEPARATORS.sub("-", spoken.encode("ascii", "ignore").decode()).strip("-")
    name = name[:64].strip("-")
    letters = len(name) - name.count("-")
    is_most = 2 * letters > len(spoken) or 2 * letters > sum(map(str.isalnum, spoken))
    if name and not is_device(name) and is_most:
        return name
    return f"x-{sha256(folded.encode()).hexdigest()[:12]}"


def _spoken(text: str) -> str:
    """A text with those signs as words that make another name: C, C++ and C# are three topics."""
    return text.replace("+", " plus ").replace("#", " sharp ")
