"""Text files from strangers: which codec and which delimiter they are written in."""

import codecs
import re
from collections import Counter

from app.domain.errors import InvalidInput

DELIMITERS = (";", "\t", "|", ",")
"""In order of preference: the comma last, because it is also a decimal and a clause separator."""


class NotText(InvalidInput):
    """The file is not a text file."""

    code = "not_text"


_ALPHABETS = tuple(
    frozenset(letters + letters.upper()) for letters in ("áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "äöüß")
)
_WESTERN = (frozenset("àâæçèéêëîïñôœùûÿåøãõáíóúäöüßìòÀÂÆÇÈÉÊËÎÏÑÔŒÙÛŸÅØÃÕÁÍÓÚÄÖÜÌÒ"),)
_RUN = re.compile(r"[A-Za-z\u0080-\U0010ffff]*[\u0080-\U0010ffff][A-Za-z\u0080-\U0010ffff]*")
_TYPOGRAPHY = frozenset("„“”‚‘’–—…€§°\u00a0")


def detect_encoding(sample: bytes) -> str:
    """Name the codec of the first bytes of a file; the last character may be cut.

    A byte order mark decides, then the NUL pattern of UTF-16, then valid UTF-8 (a few broken bytes
    among many sound characters do not make it something else), then the likelier of CP1250, ISO 8859-2
    and CP1252 by the letters they would give; CP1250 where that leaves it open. UTF-32 is refused.

    :raises NotText: when the sample has NUL characters and is not UTF-16.
    """
    if sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise NotText("the file is UTF-32; save it as UTF-8")
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in sample:
        return _utf16_of(sample)
    sound = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    broken = sound.count("\ufffd")
    if not broken or sum(character > "\x7f" for character in sound) - broken >= 5 * broken:
        return "utf-8"
    return max(("cp1250", "iso8859-2", "cp1252"), key=lambda codec: _plausibility(sample, codec))


def _utf16_of(sample: bytes) -> str:
    """Latin text in UTF-16 has a zero in nearly every high byte and in no low byte."""
    units = max(len(sample) // 2, 1)
    even, odd = sample[0::2].count(0) / units, sample[1::2].count(0) / units
    if odd >= 0.5 and even <= 0.01:
        return "utf-16-le"
    if even >= 0.5 and odd <= 0.01:
        return "utf-16-be"
    raise NotText("the file has NUL bytes")


def _plausibility(sample: bytes, codec: str) -> tuple[int, int]:
    """Score a single-byte codec: words wholly of one language's letters, less symbols inside words.

    The second figure breaks a tie by the language that explains the whole text best; CP1252 gets none,
    so that it wins only by words the others cannot explain.
    """
    alphabets = _WESTERN if codec == "cp1252" else _ALPHABETS
    words = 0
    language: Counter[int] = Counter()
    for run, times in Counter(_RUN.findall(sample.decode(codec, "replace"))).items():
        special = [letter for letter in run if letter > "\x7f" and letter not in _TYPOGRAPHY]
        wrong = sum(not letter.isalpha() for letter in special)
        fits = [sum(letter in alphabet for letter in special) for alphabet in alphabets]
        language.update({index: fit * times for index, fit in enumerate(fits)})
        words += (len(special) * (max(fits) == len(special)) - 3 * wrong) * times
    return words, -1 if codec == "cp1252" else max(language.values(), default=0)


_QUOTED = re.compile(r'(?:(?<=[;,\t|\r\n])|\A)"(?:[^"]++|"")*+"(?=[;,\t|\r\n]|\Z)')


def detect_delimiter(text: str) -> str:
    """Tell which of `; , tab |` separates the cells, by how evenly each divides the records.

    Quoted cells are taken out first, whatever stands in them. A file of one column gives `;`.
    """
    lines = [line for line in re.split(r"[\r\n]+", _QUOTED.sub("q", text)) if line.strip()][:500]
    best, best_rank = DELIMITERS[0], (0.0, 0)
    for delimiter in DELIMITERS:
        widths = [line.count(delimiter) for line in lines]
        for width in {widths[0], max(set(widths), key=widths.count)} - {0} if widths else set():
            rank = (round(widths.count(width) / len(widths), 1), width)
            if rank[0] >= 0.2 and rank > best_rank:
                best, best_rank = delimiter, rank
    return best
