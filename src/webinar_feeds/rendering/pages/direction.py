"""Text from right to left, for setting that goes from left to right: joined, and in visual order.

Only what lines of a picture need: Arabic letters become the forms that Unicode has for each way
they join (presentation forms), and a line is put in the order in which its signs stand, as the
Unicode bidirectional algorithm (UAX 9) does without embedding: letters, numbers, what separates
them, brackets. Browsers do all this themselves; pages have no use for it.
"""

from __future__ import annotations

from functools import cache
from itertools import chain, groupby
from unicodedata import bidirectional, category, decomposition, mirrored, normalize

_FORMS = chain(range(0xFB50, 0xFBB2), range(0xFBD3, 0xFC00), range(0xFE80, 0xFEFD))
_TATWEEL = "\u0640"
_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")


def is_rightward(text: str, *, otherwise: bool) -> bool:
    """Whether a text begins from the right: its first letter says so (UAX 9, P2)."""
    return next(
        (kind != "L" for kind in map(bidirectional, text) if kind in {"L", "R", "AL"}), otherwise
    )


@cache
def _joining() -> dict[str, dict[str, str]]:
    """For letters, and lam with alef, the forms that they have."""
    forms: dict[str, dict[str, str]] = {}
    for code in _FORMS:
        form, *letters = decomposition(chr(code)).split() or [""]
        text = "".join(chr(int(letter, 16)) for letter in letters)
        if form and (len(text) == 1 or text[0] == "\u0644"):
            forms.setdefault(text, {})[form] = chr(code)
    return forms


def joined(text: str) -> str:
    """A text with its Arabic letters in the forms that they have beside each other.

    Vowel signs are left out, as they mostly are in print; the order stays.
    """
    text = "".join(sign for sign in normalize("NFC", text) if not _is_vowel_sign(sign))
    forms = _joining()
    units: list[str] = []
    for sign in text:
        if units and units[-1] + sign in forms:
            units[-1] += sign
        else:
            units.append(sign)
    set_as = []
    for before, unit, after in zip(["", *units], units, [*units[1:], ""], strict=False):
        own = forms.get(unit)
        if own is None:
            set_as.append(unit)
            continue
        from_before = before == _TATWEEL or "<initial>" in forms.get(before, {})
        to_after = after == _TATWEEL or "<final>" in forms.get(after, {})
        wanted = _WANTED[from_before and "<final>" in own, to_after and "<initial>" in own]
        set_as.append(own.get(wanted, unit))
    return "".join(set_as)


_WANTED = {
    (False, False): "<isolated>",
    (True, False): "<final>",
    (False, True): "<initial>",
    (True, True): "<medial>",
}


def _is_vowel_sign(sign: str) -> bool:
    return category(sign) == "Mn" and "\u064b" <= sign <= "\u06ed"


def visual(line: str, *, rightward: bool) -> str:
    """A line in the order in which its signs stand, from left to right.

    Args:
        line: joined text in the order in which it is read.
        rightward: whether the text around it goes from right to left.
    """
    levels = _levels(line, rightward=rightward)
    signs = [
        sign.translate(_MIRRORED) if level % 2 and mirrored(sign) else sign
        for sign, level in zip(line, levels, strict=True)
    ]
    places = list(range(len(line)))
    for level in range(max(levels, default=0), 0, -1):
        high = [levels[place] >= level for place in places]
        turned: list[int] = []
        for is_high, run in groupby(zip(high, places, strict=True), lambda pair: pair[0]):
            run_places = [place for _, place in run]
            turned += reversed(run_places) if is_high else run_places
        places = turned
    return "".join(signs[place] for place in places)


def _levels(line: str, *, rightward: bool) -> list[int]:
    """The embedding level of each sign (UAX 9, W1 to I2)."""
    base = "R" if rightward else "L"
    kinds = [_KINDS.get(bidirectional(sign), "N") for sign in line]
    _resolve_numbers(line, kinds)
    _resolve_letters(kinds, base)
    _resolve_neutrals(line, kinds, base)
    above = {"L": 2 if rightward else 0, "R": 1, "EN": 2, "AN": 2}
    return [above[kind] for kind in kinds]


def _resolve_numbers(line: str, kinds: list[str]) -> None:
    """What separates digits or stands beside them belongs to the number (W2 to W5)."""
    arabic = False
    for place, kind in enumerate(kinds):  # W2
        if kind in {"L", "R"}:
            arabic = bidirectional(line[place]) == "AL"
        elif kind == "EN" and arabic:
            kinds[place] = "AN"
    for place in range(1, len(kinds) - 1):  # W4
        one, kind, other = kinds[place - 1 : place + 2]
        if one == other and kind in _SEPARATORS.get(one, ()):
            kinds[place] = one
    for order in (range(1, len(kinds)), range(len(kinds) - 2, -1, -1)):  # W5
        for place in order:
            if kinds[place] == "ET" and kinds[place - order.step] == "EN":
                kinds[place] = "EN"


def _resolve_letters(kinds: list[str], base: str) -> None:
    """Digits after letters that go to the right go to the right with them (W7)."""
    strong = base
    for place, kind in enumerate(kinds):
        strong = kind if kind in {"L", "R"} else strong
        if kind == "EN" and strong == "L":
            kinds[place] = "L"


def _resolve_neutrals(line: str, kinds: list[str], base: str) -> None:
    """What lies between two of one direction has it too, and else that of the line (N1, N2).

    A pair of brackets has the line's direction where anything inside has it (N0).
    """
    opened: list[int] = []
    for place, sign in enumerate(line):
        if sign in "([{":
            opened.append(place)
        elif sign in ")]}" and opened:
            start = opened.pop()
            inside = {_DIRECTION.get(kind) for kind in kinds[start + 1 : place]} - {None}
            if base in inside:
                kinds[start] = kinds[place] = base
            elif inside:
                before = next(
                    (_DIRECTION[kind] for kind in kinds[start - 1 :: -1] if kind in _DIRECTION)
                    if start
                    else iter(()),
                    base,
                )
                kinds[start] = kinds[place] = before
    place = 0
    for neutral, run in groupby([kind not in _DIRECTION for kind in kinds]):
        size = len(list(run))
        if neutral:
            before = _DIRECTION[kinds[place - 1]] if place else base
            end = place + size
            after = _DIRECTION[kinds[end]] if end < len(kinds) else base
            kinds[place:end] = [before if before == after else base] * size
        place += size


_KINDS = {
    "L": "L", "R": "R", "AL": "R", "EN": "EN", "AN": "AN", "ES": "ES", "ET": "ET", "CS": "CS",
}  # fmt: skip
_SEPARATORS = {"EN": ("CS", "ES"), "AN": ("CS",)}
_DIRECTION = {"L": "L", "R": "R", "EN": "R", "AN": "R"}
