"""The pages of a topic, a language or a speaker: their sessions, of whichever series.

What they show of a session stands in its series' `programme.json`; so a view is made from those
files, and no event file is read again for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from webinar_feeds.model import Scope
from webinar_feeds.publications import slug
from webinar_feeds.rendering import wording
from webinar_feeds.rendering.pages import jsonld, programme
from webinar_feeds.rendering.pages.language import language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from webinar_feeds.model import Entry, Publication, Session, Site, Speaker

SCOPES = frozenset({Scope.TOPIC, Scope.LANGUAGE, Scope.SPEAKER})


class Held(NamedTuple):
    """A session of a view: its series' folder, title and language, and what is shown."""

    folder: str
    series: str
    language: str
    session: Session


def of_entries(entries: Sequence[Entry], first: int, last: int) -> list[Held]:
    """Some sessions of a view, as its entries have them."""
    return [
        Held(
            entry.series.id,
            entry.series.title,
            entry.series.language,
            programme.heard(
                programme.told(entry.session, entry.revision.uid, language(entry.series.language))
            ),
        )
        for entry in entries[first:last]
    ]


def of_files(
    places: Callable[[int, int], Iterable[tuple[str, int]]],
    read: Callable[[str], bytes],
    first: int,
    last: int,
) -> list[Held]:
    """Some sessions of a view, as the files of their series have them.

    Args:
        places: gives the folder of each session's series, and which of its sessions it is.
        read: the bytes of a file by its path below the output folder.
        first: the number of the first of them.
        last: the number behind the last.
    """
    documents: dict[str, dict[str, Any]] = {}
    found = []
    for folder, number in places(first, last):
        document = documents.get(folder)
        if document is None:
            document = documents[folder] = json.loads(read(f"{folder}/{programme.FILE}"))
        session = programme.heard(document["subEvent"][number])
        found.append(Held(folder, document["name"], document["inLanguage"], session))
    return found


def name(publication: Publication, site: Site) -> str:
    """What the view is about: a topic, a person, or a language by its name in the site's own."""
    own = publication.title.removeprefix(f"{site.title}: ")
    return (
        language(site.language).language_name(own) if publication.scope is Scope.LANGUAGE else own
    )


def speaker(publication: Publication, held: Sequence[Held]) -> Speaker | None:
    """Who a speaker's view is about, as their last session introduces them."""
    if publication.scope is not Scope.SPEAKER:
        return None
    wanted = publication.path.rpartition("/")[2]
    found = [
        each for one in held for each in wording.speakers(one.session) if slug(each.name) == wanted
    ]
    introduced = [each for each in found if each.role or each.affiliation]
    return next(reversed(introduced or found), None)


def data(
    who: Speaker | None, address: str | None, held: Iterable[Held], base: str | None
) -> list[jsonld.Node]:
    """What search engines are told of a speaker; nothing of other views."""
    if who is None:
        return []
    mentions = (jsonld.mention(each.session, base and f"{base}{each.folder}/") for each in held)
    return [jsonld.person(who, address, mentions)]
