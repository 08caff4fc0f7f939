"""An address as a QR code (ISO/IEC 18004), drawn as SVG.

One kind of symbol is all that an address needs: bytes, and correction level M, which survives the
loss of about 15 %. The smallest version that holds the address is taken. Our own, because the
libraries for it load half a web client before they draw anything.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import chain, pairwise, zip_longest
from typing import TYPE_CHECKING

from webinar_feeds.rendering import markup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

QUIET = 4  # modules of light around a symbol (§9.1)

# Level M, versions 1 to 40 (table 9): codewords of correction in each block, and blocks.
_CORRECTION = (
    10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
    26, *[28] * 19,
)  # fmt: skip
_BLOCKS = (
    1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16,
    17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
)  # fmt: skip

# Table 10, `i` the row and `j` the column: a module is turned over where this is so.
_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda i, j: (i + j) % 2 == 0,
    lambda i, _: i % 2 == 0,
    lambda _, j: j % 3 == 0,
    lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0,
    lambda i, j: i * j % 2 + i * j % 3 == 0,
    lambda i, j: (i * j % 2 + i * j % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2 == 0,
)
_PERIOD = 12  # of all masks, both ways


def svg(address: str, label: str) -> str:
    """A picture that cameras read as an address.

    Args:
        address: what it says; up to 2331 bytes of UTF-8.
        label: what it is, for who cannot see it.

    Returns:
        an `svg` element without a size of its own, dark on light in dark surroundings too.

    Raises:
        ValueError: the address is too long for any symbol.
    """
    size, path = _drawn(address)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {size} {size}">'
        f"{markup.element('title', label)}"
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill-rule="evenodd" d="{path}"/></svg>'
    )


@lru_cache(maxsize=4)  # every page of a series has the same
def _drawn(address: str) -> tuple[int, str]:
    """How wide a symbol is with its quiet zone, and its outlines."""
    rows = symbol(address)
    return len(rows) + 2 * QUIET, "".join(_outlines(rows))


def symbol(address: str, mask: int | None = None) -> list[str]:
    """A symbol without its quiet zone: rows from the top, of `1` for dark and `0` for light.

    Args:
        address: what it says.
        mask: which of the eight masks; None for the one that is easiest to read (§7.8.3).

    Raises:
        ValueError: the address is too long for any symbol.
    """
    data = address.encode()
    version = next((v for v in range(1, 41) if len(data) <= _capacity(v)), None)
    if version is None:
        message = f"{len(data)} bytes are more than a QR code holds"
        raise ValueError(message)
    size = 17 + 4 * version
    fixed = _function_patterns(version, size)
    bits = _bits(_codewords(data, version))
    drawn = [[*row] for row in fixed]
    for row, column in _places(size, fixed):
        drawn[row][column] = next(bits, "0")
    plain = [int("".join(row), 2) for row in drawn]
    free = [int("".join("01"[module == "."] for module in row), 2) for row in fixed]
    tried = (
        _with_format(
            [
                format(row ^ (area & turned), f"0{size}b")
                for row, area, turned in zip(plain, free, _mask(number, size), strict=True)
            ],
            number,
        )
        for number in (range(8) if mask is None else (mask,))
    )
    return min(tried, key=_penalty)


# ------------------------------------------------------------------------------ what is written


def _raw(version: int) -> int:
    """How many codewords a version has, data and correction together (table 1)."""
    modules = (16 * version + 128) * version + 64
    if version > 1:
        aligned = version // 7 + 2
        modules -= (25 * aligned - 10) * aligned - 55
    if version > 6:
        modules -= 36
    return modules // 8


def _capacity(version: int) -> int:
    """How many bytes a version holds."""
    codewords = _raw(version) - _CORRECTION[version - 1] * _BLOCKS[version - 1]
    return codewords - (2 if version < 10 else 3)


def _codewords(data: bytes, version: int) -> Iterator[int]:
    """Data, its length and mode, padding and correction, in the order they are placed (§7.6)."""
    correction, count = _CORRECTION[version - 1], _BLOCKS[version - 1]
    total = _raw(version) - correction * count
    length = 1 if version < 10 else 2
    # Mode 4 (bytes), length, data, a terminator of four bits, and 236 and 17 in turn (§7.4.10).
    packed = b"\x04" + len(data).to_bytes(length) + data
    written = int.from_bytes(packed) << 4
    held = written.to_bytes(len(packed) + 1)[1:]
    held += (b"\xec\x11" * total)[: total - len(held)]
    short, longer = divmod(total, count)
    blocks, at = [], 0
    for number in range(count):
        end = at + short + (number >= count - longer)
        blocks.append(held[at:end])
        at = end
    parity = [_parity(block, correction) for block in blocks]
    for group in (blocks, parity):
        yield from (codeword for codeword in chain(*zip_longest(*group)) if codeword is not None)


def _bits(codewords: Iterator[int]) -> Iterator[str]:
    """The bits of codewords, each from its greatest."""
    return chain.from_iterable(format(codeword, "08b") for codeword in codewords)


@cache
def _field() -> tuple[Sequence[int], Sequence[int]]:
    """Powers of 2 in GF(2⁸) modulo x⁸+x⁴+x³+x²+1, twice over, and the exponent of each number."""
    powers, exponents = [], [0] * 256
    value = 1
    for exponent in range(255):
        powers.append(value)
        exponents[value] = exponent
        value <<= 1
        if value > 255:
            value ^= 0x11D
    return powers * 2, exponents


@cache
def _generator(degree: int) -> Sequence[int]:
    """The exponents of the polynomial's coefficients after the first (annex A)."""
    powers, exponents = _field()
    coefficients = [1]
    for root in range(degree):
        scaled = [powers[exponents[value] + root] for value in coefficients]
        coefficients = [
            one ^ other for one, other in zip([*coefficients, 0], [0, *scaled], strict=True)
        ]
    return [exponents[value] for value in coefficients[1:]]


def _parity(block: bytes, size: int) -> list[int]:
    """The Reed–Solomon codewords of a block."""
    powers, exponents = _field()
    generator = _generator(size)
    rest = [0] * size
    for codeword in block:
        factor = codeword ^ rest[0]
        rest = [*rest[1:], 0]
        if factor:
            shift = exponents[factor]
            rest = [
                value ^ powers[shift + term] for value, term in zip(rest, generator, strict=True)
            ]
    return rest


# -------------------------------------------------------------------------------- where it stands


def _function_patterns(version: int, size: int) -> list[str]:
    """What every symbol of a version has, `.` where data stand; format information is light."""
    rows = [["."] * size for _ in range(size)]

    def put(top: int, left: int, *pattern: str) -> None:
        for row, modules in enumerate(pattern, top):
            rows[row][left : left + len(modules)] = modules

    for number in range(size):  # timing (§6.3.5)
        rows[6][number] = rows[number][6] = "01"[number % 2 == 0]
    around = _alignment(version, size)
    for row in around:
        for column in around:
            if (row, column) not in ((6, 6), (6, around[-1]), (around[-1], 6)):
                put(row - 2, column - 2, "11111", "10001", "10101", "10001", "11111")
    finder = ("1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111")
    put(0, 0, *(row + "00" for row in finder), "0" * 9, "0" * 9)
    rows[6][8] = rows[8][6] = "1"
    put(0, size - 8, *("0" + row for row in finder), "0" * 8, "0" * 8)
    put(size - 8, 0, "0" * 9, *(row + "00" for row in finder))
    if version > 6:  # version information (§7.10)
        places = format(version << 12 | _remainder(version << 12, 0x1F25), "018b")[::-1]
        for number, module in enumerate(places):
            rows[number // 3][size - 11 + number % 3] = module
            rows[size - 11 + number % 3][number // 3] = module
    return ["".join(row) for row in rows]


def _alignment(version: int, size: int) -> list[int]:
    """The rows, and the columns, of the centres of alignment patterns (annex E)."""
    if version == 1:
        return []
    count = version // 7 + 2
    step = 26 if version == 32 else (version * 4 + count * 2 + 1) // (count * 2 - 2) * 2
    return [6, *(size - 7 - step * number for number in range(count - 2, -1, -1))]


def _places(size: int, fixed: list[str]) -> Iterator[tuple[int, int]]:
    """Where data stand, in order: pairs of columns from the right, upwards and down again."""
    upwards = True
    for right in (*range(size - 1, 6, -2), 5, 3, 1):
        for row in range(size - 1, -1, -1) if upwards else range(size):
            for column in (right, right - 1):
                if fixed[row][column] == ".":
                    yield row, column
        upwards = not upwards


def _with_format(rows: list[str], mask: int) -> list[str]:
    """A symbol with its format information, twice (§7.9): level M is 00, then the mask."""
    size = len(rows)
    bits = format((mask << 10 | _remainder(mask << 10, 0x537)) ^ 0x5412, "015b")[::-1]
    corner = [(row, 8) for row in (0, 1, 2, 3, 4, 5, 7, 8)] + [
        (8, column) for column in (7, 5, 4, 3, 2, 1, 0)
    ]
    edges = [(8, size - 1 - number) for number in range(8)] + [
        (size - 15 + number, 8) for number in range(8, 15)
    ]
    grid = [[*row] for row in rows]
    for places in (corner, edges):
        for (row, column), module in zip(places, bits, strict=True):
            grid[row][column] = module
    grid[size - 8][8] = "1"  # always dark
    return ["".join(row) for row in grid]


def _remainder(value: int, generator: int) -> int:
    """What is left of a polynomial over GF(2) divided by another."""
    length = generator.bit_length()
    while value.bit_length() >= length:
        value ^= generator << value.bit_length() - length
    return value


# ------------------------------------------------------------------------------------- the mask


@cache
def _stripes(mask: int) -> list[str]:
    """The first rows and columns of a mask, after which it begins anew."""
    turned = _MASKS[mask]
    return [
        "".join("01"[turned(row, column)] for column in range(_PERIOD)) for row in range(_PERIOD)
    ]


def _mask(mask: int, size: int) -> list[int]:
    """The rows of a mask for a whole symbol."""
    rows = [int((stripe * (size // _PERIOD + 1))[:size], 2) for stripe in _stripes(mask)]
    return (rows * (size // _PERIOD + 1))[:size]


def _penalty(rows: list[str]) -> int:
    """How hard a symbol is to read (§7.8.3.1): the less, the better."""
    size = len(rows)
    everything = (1 << size) - 1
    points = 0
    for lines in (rows, ["".join(column) for column in zip(*rows, strict=True)]):
        for line in lines:
            dark = int(line, 2)
            for modules in (dark, dark ^ everything):
                two = modules & modules >> 1
                runs = two & two >> 2 & modules >> 4
                # A run of n has n - 4 places where five begin, and one where the first does.
                points += runs.bit_count() + 2 * (runs & ~(runs >> 1)).bit_count()
            points += 40 * (line.count("10111010000") + line.count("00001011101"))
    numbers = [int(row, 2) for row in rows]
    for above, below in pairwise(numbers):
        for both in (above & below, (above | below) ^ everything):
            points += 3 * (both & both >> 1).bit_count()
    dark = sum(number.bit_count() for number in numbers)
    return points + 10 * (abs(dark * 20 - size * size * 10) // (size * size))


# ----------------------------------------------------------------------------------- the drawing


def _outlines(rows: list[str]) -> Iterator[str]:
    """Paths along the sides of what is dark, to be filled by the even-odd rule.

    Whole outlines, since rectangles that only touch show seams at many sizes.
    """
    light = "0" * len(rows)
    columns = ["".join(column) for column in zip(*rows, strict=True)]
    across = _sides([light, *rows, light])
    down = _sides([light, *columns, light])
    while across:
        y, x = next(iter(across))
        path = f"M{x + QUIET} {y + QUIET}"
        while (y, x) in across:
            to = across.pop((y, x))
            del across[y, to]
            path += f"h{to - x}"
            x = to
            to = down[x, y]
            path += f"v{to - y}"
            y = to
        yield path + "z"


def _sides(lines: list[str]) -> dict[tuple[int, int], int]:
    """Between which places a side runs from one line to the next: either end leads to the other.

    Keys are the side's number and a place on it.
    """
    ends = {}
    for number, (before, after) in enumerate(pairwise(lines)):
        differs = [False, *(one != other for one, other in zip(before, after, strict=True)), False]
        corners = [place for place, (one, other) in enumerate(pairwise(differs)) if one != other]
        for start, end in zip(corners[::2], corners[1::2], strict=True):
            ends[number, start] = end
            ends[number, end] = start
    return ends
