"""Type for pictures: which characters there are, how wide lines are, where they break."""

from __future__ import annotations

import re

import pytest

from webinar_feeds.rendering.pages.typesetting import Line, cut, cut_short, lines, settable

CUTS = ("strong", "text", "title", "title-large")
# The letters of languages, from what each uses beyond A to Z.
ALPHABETS = {
    "Albanian": "çë",
    "Azerbaijani": "çəğıİöşü",
    "Basque": "ñ",
    "Bosnian": "čćđšž",
    "Bulgarian": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "Catalan": "àçèéíïòóúü·",
    "Croatian": "čćđšž",
    "Czech": "áčďéěíňóřšťúůýž",
    "Danish": "æøå",
    "Dutch": "ëïéĳ",
    "Esperanto": "ĉĝĥĵŝŭ",
    "Estonian": "äõöüšž",
    "Faroese": "áðíóúýæø",
    "Finnish": "åäöšž",
    "French": "àâæçéèêëîïôœùûüÿ«»",
    "German": "äöüßẞ„“",
    "Greek": "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ·",
    "Hausa": "ɓɗƙƴ",
    "Hungarian": "áéíóöőúüű",
    "Icelandic": "áðéíóúýþæö",
    "Irish": "áéíóú",
    "Igbo": "ịọụṅ",
    "Italian": "àèéìíîòóùú",
    "Kazakh": "әғқңөұүһі",
    "Latvian": "āčēģīķļņšūž",
    "Ewe": "ɖɛƒɣŋɔʋ",
    "Lithuanian": "ąčęėįšųūž",
    "Macedonian": "ѓѕјљњќџ",
    "Maltese": "ċġħż",
    "Northern Sami": "áčđŋšŧž",
    "Norwegian": "æøå",
    "Polish": "ąćęłńóśźż",
    "Portuguese": "áâãàçéêíóôõú",
    "Romanian": "ăâîșț",
    "Russian": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя№",
    "Serbian": "ђјљњћџ",
    "Skolt Sami": "ʒǯǩǥǧčšžđŋõâå",
    "Slovak": "áäčďéíĺľňóôŕšťúýž",
    "Slovene": "čšž",
    "Spanish": "áéíñóúü¿¡",
    "Swedish": "åäö",
    "Turkish": "çğıİöşü",
    "Ukrainian": "ґєії",
    "Vietnamese": "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    "Welsh": "âêîôûŵŷ",
    "Yoruba": "ẹọṣ",
    "prose": "–—‘’‚“”„…•€£₹№™°½×−→",
}


@pytest.mark.parametrize("name", CUTS)
@pytest.mark.parametrize("language", ALPHABETS)
def test_a_language_can_be_set_in_every_cut(language: str, name: str) -> None:
    letters = ALPHABETS[language]
    face = cut(name)
    both = letters + "".join(
        map(str.upper, set(letters) - set("ΐΰ"))
    )  # whose capitals lose accents
    assert [letter for letter in both if not face.has(letter)] == []


@pytest.mark.parametrize("name", CUTS)
@pytest.mark.parametrize(
    "text", ["ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأإؤئةى", "پچژکگی", "ٹڈڑےں", "ڤ", "٠١٢٣٤٥٦٧٨٩", "؟،؛"]
)
def test_arabic_can_be_set_in_every_cut(text: str, name: str) -> None:
    assert re.sub("[^\uffff]", "x", settable(text, cut(name))) == "x" * len(text)


def test_numbers_of_days_can_be_set_as_large_as_they_are() -> None:
    assert [digit for digit in "0123456789" if not cut("day").has(digit)] == []


@pytest.mark.parametrize(
    ("text", "set_as"),
    [
        ("  two\nlines\tand  spaces ", "two lines and spaces"),
        ("soft\u00adhyphen, zero\u200bwidth", "softhyphen, zerowidth"),
        ("13\u202fh, 5\u2007%", "13\u00a0h, 5\u00a0%"),
        ("COVID\u201119", "COVID-19"),
        ("🎉 Launch 👩‍💻!", "Launch !"),
        ("e\u0301te\u0301", "été"),
        ("日本語", ""),
        ("Tokyo 東京", ""),
        ("ไทย", ""),
        ("ש", ""),
        ("", ""),
    ],
)
def test_a_text_is_set_whole_or_not_at_all(text: str, set_as: str) -> None:
    assert settable(text, cut("text")) == set_as


def pixels(line: Line) -> list[str]:
    return [row.decode() for row in line.rows()]


def test_letters_stand_beside_each_other_and_kern() -> None:
    face = cut("text")
    apart = face.width("A") + face.width("V")
    assert face.width("AV") < apart
    assert face.line("AV").width < face.line("A").width + face.line("V").width


def test_letters_that_share_columns_keep_all_their_ink() -> None:
    face = cut("title-large")

    def ink(text: str) -> int:
        return sum(int(pixel) > 0 for row in pixels(face.line(text)) for pixel in row)

    assert ink("AV") == ink("A") + ink("V")
    assert ink("fj") <= ink("f") + ink("j")


def test_a_line_begins_and_ends_with_ink_and_has_no_empty_row() -> None:
    rows = pixels(cut("title").line("Type "))
    assert [any(row[edge] != "0" for row in rows) for edge in (0, -1)] == [True, True]
    assert [any(pixel != "0" for pixel in row) for row in (rows[0], rows[-1])] == [True, True]


def test_letters_of_arabic_meet_without_a_gap() -> None:
    face = cut("title")
    line = face.line("\ufe92" * 5)  # a letter joined on both sides
    stroke = line.rows()[face.baseline - line.top - 4]
    assert b"0" not in stroke[4:-4]


def test_a_line_of_spaces_has_no_pixels() -> None:
    assert cut("text").line("  ") == Line(b"", cut("text").height, 34, 34)


def test_lines_are_of_about_one_length() -> None:
    text = "The challenge of developing the role of business learning in learning cities"
    assert lines(text, cut("title"), 790, 4) == [
        "The challenge of developing",
        "the role of business",
        "learning in learning cities",
    ]


@pytest.mark.parametrize(
    ("text", "measure", "most"), [("one two three", 40, 2), ("incomprehensibilities", 100, 3)]
)
def test_what_does_not_fit_has_no_lines(text: str, measure: int, most: int) -> None:
    assert lines(text, cut("text"), measure, most) is None


@pytest.mark.parametrize(
    ("text", "measure", "most", "short"),
    [
        ("one two three", 300, 1, ["one two three"]),
        ("one two, three four", 150, 1, ["one two…"]),
        ("one two three four five", 120, 2, ["one two", "three…"]),
        ("incomprehensibilities", 120, 2, ["incompr", "ehensi…"]),
        ("incomprehensibilities", 120, 9, ["incompr", "ehensibi", "lities"]),
        ("ww", 10, 2, ["w", "w"]),
        ("", 100, 1, [""]),
    ],
)
def test_what_is_too_long_ends_with_an_ellipsis(
    text: str, measure: int, most: int, short: list[str]
) -> None:
    assert cut_short(text, cut("text"), measure, most) == short


def test_every_glyph_of_every_cut_can_be_unpacked() -> None:
    counts = {}
    for name in (*CUTS, "day"):
        face = cut(name)
        glyphs = [face.glyph(chr(code)) for code in range(0x10000) if face.has(chr(code))]
        assert {len(glyph.columns) % face.height for glyph in glyphs} == {0}
        assert {glyph.top <= glyph.bottom <= face.height for glyph in glyphs} == {True}
        assert set(b"".join(glyph.columns for glyph in glyphs)) == set(b"01234567")
        counts[name] = len(glyphs)
    assert counts == {"strong": 1354, "text": 1354, "title": 1408, "title-large": 1408, "day": 10}
