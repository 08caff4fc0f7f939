"""Right-to-left text, as the Unicode Standard joins it (§9.2) and orders it (UAX 9)."""

from __future__ import annotations

import pytest

from webinar_feeds.rendering.pages.direction import is_rightward, joined, visual


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("ب", "\ufe8f"),
        ("ببب", "\ufe91\ufe92\ufe90"),
        ("دب", "\ufea9\ufe8f"),
        ("لا", "\ufefb"),
        ("سلام", "\ufeb3\ufefc\ufee1"),
        ("ء", "\ufe80"),
        ("چپ", "\ufb7c\ufb57"),
        ("بـ", "\ufe91\u0640"),
        ("بُ", "\ufe8f"),
        ("ا\u0653", "\ufe81"),
        ("ب\u200cب", "\ufe8f\u200c\ufe8f"),
        ("a ب1", "a \ufe8f1"),
    ],
    ids=[
        "alone", "first, middle and last", "a letter that joins to the right only", "lam with alef",
        "lam with alef after a letter", "a letter that never joins", "letters of Persian",
        "before a stretched line", "without its vowel", "composed", "kept apart", "others stay",
    ],
)  # fmt: skip
def test_letters_take_the_forms_that_they_have_beside_each_other(text: str, forms: str) -> None:
    assert joined(text) == forms


# Capitals stand for Hebrew letters, `@` for an Arabic one, as in the examples of UAX 9.
HEBREW = {chr(65 + number): chr(0x5D0 + number) for number in range(26)} | {"@": "ب"}
TO_LATIN = {hebrew: latin for latin, hebrew in HEBREW.items()}


@pytest.mark.parametrize(
    ("line", "leftward", "rightward"),
    [
        ("car means CAR", "car means RAC", "RAC car means"),
        ("ABC 12 DEF", "FED 12 CBA", "FED 12 CBA"),
        ("ABC 13:00–14:30", "14:30–13:00 CBA", "14:30–13:00 CBA"),
        ("13:00–14:30", "13:00–14:30", "14:30–13:00"),
        ("COVID abc-19: D", "DIVOC abc-19: D", "D :abc-19 DIVOC"),
        ("ABC (def)", "CBA (def)", "(def) CBA"),
        ("ABC (DEF) gh", "(FED) CBA gh", "gh (FED) CBA"),
        ("abc (DEF gh)", "abc (FED gh)", "(gh FED) abc"),
        ("ABC (d", "CBA (d", "d) CBA"),
        ("A 5% B", "B 5% A", "B 5% A"),
        ("A $5", "$5 A", "$5 A"),
        ("@ 1-2", "2-1 @", "2-1 @"),
        ("A 1-2", "1-2 A", "1-2 A"),
        ("@ 1,2", "1,2 @", "1,2 @"),
        ("@ 5%", "5 @%", "%5 @"),
        ("A«B»", "B»A»", "«B»A"),
        ("", "", ""),
    ],
)
def test_signs_stand_as_they_are_read(line: str, leftward: str, rightward: str) -> None:
    text = "".join(HEBREW.get(sign, sign) for sign in line)
    found = [visual(text, rightward=way) for way in (False, True)]
    assert ["".join(TO_LATIN.get(sign, sign) for sign in one) for one in found] == [
        leftward, rightward,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "otherwise", "rightward"),
    [
        ("abc אבג", True, False),
        ("«ب» abc", False, True),
        ("13:00", True, True),
        ("13:00", False, False),
    ],
)
def test_the_first_letter_says_where_a_text_begins(
    text: str, *, otherwise: bool, rightward: bool
) -> None:
    assert is_rightward(text, otherwise=otherwise) is rightward
