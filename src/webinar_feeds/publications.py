"""Views: what else is published of the series, across them, under the same UIDs.

A site, a topic, a language or a speaker is a publication like any other; no renderer knows which
one it draws, so none can give its sessions other identifiers.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from webinar_feeds.ledger import derived_uid, order
from webinar_feeds.model import Publication, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from webinar_feeds.model import Entry, Session, Site


class _View(NamedTuple):
    scope: Scope
    path: str
    name: str


def views(publications: Iterable[Publication], site: Site, site_uid: str) -> Iterator[Publication]:
    """The site's publication, then one for each topic, language and speaker worth following.

    A language has one when the site speaks several, a speaker when they speak in more than one
    session: otherwise another calendar holds exactly the same.

    Args:
        publications: the series' publications.
        site: names the site and its language.
        site_uid: the namespace of the views' own UIDs.
    """
    all_of_them = tuple(publications)
    entries = tuple(sorted((each for one in all_of_them for each in one.entries), key=order))
    changed = {entry.series.id: one.modified for one in all_of_them for entry in one.entries}
    if not entries:
        return
    yield _publication(_View(Scope.SITE, "", site.title), entries, changed, site, site_uid)
    for view, gathered in _gathered(entries):
        yield _publication(view, gathered, changed, site, site_uid)


def slug(text: str) -> str:
    """A name for a path and an address: small ASCII letters, digits and hyphens.

    A text in a script that has no ASCII form gets a short hash, which never changes either.
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    ascii_only = folded.encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:64].strip("-")
    letters = sum(each.isalnum() for each in folded)
    if name and 2 * sum(each.isalnum() for each in name) > letters:
        return name
    return f"x-{sha256(folded.encode()).hexdigest()[:12]}"


def _gathered(entries: tuple[Entry, ...]) -> Iterator[tuple[_View, tuple[Entry, ...]]]:
    found: dict[tuple[Scope, str], tuple[str, dict[int, Entry]]] = {}
    for number, entry in enumerate(entries):
        for scope, name in _subjects(entry.session):
            _, held = found.setdefault((scope, slug(name)), (name, {}))
            held[number] = entry
    languages = sum(scope is Scope.LANGUAGE for scope, _ in found)
    for (scope, key), (name, held) in sorted(found.items()):
        if scope is Scope.LANGUAGE and languages < 2:
            continue
        if scope is Scope.SPEAKER and len(held) < 2:
            continue
        yield _View(scope, f"{scope.value}s/{key}", name), tuple(held.values())


def _subjects(session: Session) -> Iterator[tuple[Scope, str]]:
    yield from ((Scope.TOPIC, topic) for topic in session.topics)
    yield from ((Scope.LANGUAGE, language) for language in session.languages)
    for talk in session.talks:
        yield from ((Scope.SPEAKER, speaker.name) for speaker in talk.speakers)


def _publication(
    view: _View, entries: tuple[Entry, ...], changed: dict[str, datetime], site: Site, site_uid: str
) -> Publication:
    uid = site_uid if view.scope is Scope.SITE else derived_uid(site_uid, view.path)
    title = view.name if view.scope is Scope.SITE else f"{site.title}: {view.name}"
    return Publication(
        scope=view.scope,
        path=view.path,
        uid=uid,
        title=title,
        language=site.language,
        entries=entries,
        modified=max(changed[entry.series.id] for entry in entries),
        page=site.base_url,
        organizers=(site.publisher,) if site.publisher else (),
    )
