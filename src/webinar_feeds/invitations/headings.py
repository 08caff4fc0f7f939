"""What the columns of a list of people are called: by Zoom, Eventbrite, Google Forms and people.

Only tables of words, in the languages of the pages and their neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Column(StrEnum):
    """What a column holds."""

    EMAIL = "email"
    NAME = "name"
    FIRST = "first name"
    LAST = "last name"
    ROLE = "role"
    SESSIONS = "sessions"
    LANGUAGE = "language"
    ZONE = "timezone"
    STATUS = "status"


class Role(StrEnum):
    """What somebody is to a session; the later in this list, the more they may know of it."""

    OPTIONAL = "optional"
    PARTICIPANT = "participant"
    SPEAKER = "speaker"
    HOST = "host"


_COLUMNS = {
    Column.EMAIL: "email|email address|mail|mail address|e mail|e mail address|email adresse|"
    "mail adresse|e mail adresse|adresse email|adresse e mail|adresse mail|courriel|"
    "adresse courriel|correo|correo electronico|direccion de correo electronico|"
    "direccion de correo|email del asistente|e mail address of attendee|attendee email|"
    "posta elettronica|indirizzo email|indirizzo e mail|endereco de email|endereco de e mail|"
    "e mailadres|e posta|eposta|e post|e postadress|sahkoposti|adres e mail|"
    "электронная почта|адрес электронной почты|البريد الالكتروني|عنوان البريد الالكتروني|"
    "メールアドレス|电子邮件|电子邮件地址|邮箱|이메일|이메일 주소|user email",
    Column.NAME: "name|full name|your name|attendee name|participant|participant name|attendee|"
    "user name original name|display name|vollstandiger name|ihr name|teilnehmer|teilnehmende|"
    "vor und nachname|vorname und nachname|nom complet|nom et prenom|prenom et nom|votre nom|"
    "nombre completo|nombre y apellidos|nombre y apellido|su nombre|nome completo|"
    "nome e cognome|nome e sobrenome|naam|volledige naam|фио|имя и фамилия|الاسم|الاسم الكامل|"
    "氏名|お名前|姓名|이름|성명",
    Column.FIRST: "first name|firstname|first|given name|given names|forename|vorname|prenom|"
    "nombre|nombres|nome|voornaam|имя|الاسم الاول|名",
    Column.LAST: "last name|lastname|last|surname|family name|second name|nachname|familienname|"
    "nom|nom de famille|apellido|apellidos|cognome|sobrenome|achternaam|фамилия|اسم العائلة|姓",
    Column.ROLE: "role|rolle|fonction dans la session|rol|ruolo|funcao na sessao|роль|الدور",
    Column.SESSIONS: "sessions|session|sessions attended|which sessions|webinars|webinar|"
    "termine|termin|sitzungen|seances|seance|sesiones|sesion|sessioni|sessione|sessoes|sessao|"
    "сессии|الجلسات|الجلسة",
    Column.LANGUAGE: "language|preferred language|sprache|bevorzugte sprache|langue|"
    "langue preferee|idioma|idioma preferido|lengua|lingua|taal|язык|اللغة|言語|语言|언어",
    Column.ZONE: "timezone|time zone|zeitzone|fuseau horaire|fuseau|zona horaria|huso horario|"
    "fuso orario|fuso horario|tijdzone|часовой пояс|المنطقة الزمنية|时区|タイムゾーン|시간대",
    Column.STATUS: "approval status|attendee status|registration status|status|anmeldestatus|"
    "statut|estado|etat",
}
_ROLES = {
    Role.OPTIONAL: "optional|guest|observer|opt participant|optionale teilnahme|gast|beobachter|"
    "facultatif|invite|opcional|invitado|اختياري",
    Role.PARTICIPANT: "participant|attendee|registrant|required|req participant|teilnehmer|"
    "teilnehmerin|teilnehmend|teilnehmende|participante|participant e|asistente|partecipante|"
    "deelnemer|مشارك|участник",
    Role.SPEAKER: "speaker|panelist|panellist|presenter|referent|referentin|vortragende|"
    "vortragender|sprecher|sprecherin|intervenant|intervenante|orateur|oratrice|ponente|"
    "conferencista|orador|oradora|relatore|relatrice|spreker|متحدث|докладчик",
    Role.HOST: "host|co host|cohost|chair|moderator|moderatorin|organizer|organiser|gastgeber|"
    "gastgeberin|leitung|animateur|animatrice|hote|moderateur|moderatrice|anfitrion|"
    "anfitriona|moderador|moderadora|organizador|moderatore|gastheer|مضيف|ведущий",
}
# Who is in the list and does not come: what services write of those.
_NOT_COMING = (
    "denied|declined|cancelled|canceled|cancelled by self|cancelled by host|not attending|"
    "deleted|refunded|transferred|abgelehnt|abgesagt|storniert|refuse|annule|rechazado|"
    "cancelado|annullato|geannuleerd|blocked|rejected"
)
_ALL = "all|every|every session|all sessions|alle|alle termine|tous|toutes|todas|todos|tutte|الكل"
_BLANK = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """A heading as it is compared: small letters without accents, signs and what is in brackets."""
    bare = re.sub(r"[(\[].*?[)\]]", " ", text) if text[:1] not in "([" else text
    folded = unicodedata.normalize("NFKD", bare.casefold())
    letters = "".join(each for each in folded if not unicodedata.combining(each))
    return unicodedata.normalize("NFC", _BLANK.sub(" ", letters)).strip()


def _by_word(words: dict[Column, str] | dict[Role, str]) -> dict[str, Column | Role]:
    return {plain(word): meant for meant, some in words.items() for word in some.split("|")}


def column(heading: str) -> Column | None:
    """What a column of this heading holds, None when nobody here knows."""
    found = _MEANT.get(plain(heading))
    return found if isinstance(found, Column) else None


def role(text: str) -> Role | None:
    """The role that a word means, None when it is none."""
    found = _ROLE_OF.get(plain(text))
    return found if isinstance(found, Role) else None


def is_not_coming(status: str) -> bool:
    """Whether a service says with this word that somebody is not coming."""
    return plain(status) in _AWAY


def is_all(text: str) -> bool:
    """Whether a word means every session."""
    return plain(text) in _EVERY


def is_heading(cells: Iterable[str]) -> bool:
    """Whether some cells are the row that names the columns of a list of people."""
    return any(column(each) is Column.EMAIL for each in cells)


_MEANT = _by_word(_COLUMNS)
_ROLE_OF = _by_word(_ROLES)
_AWAY = frozenset(map(plain, _NOT_COMING.split("|")))
_EVERY = frozenset(map(plain, _ALL.split("|")))
