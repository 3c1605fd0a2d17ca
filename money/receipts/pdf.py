"""A receipt as a PDF of one page. The same receipt gives the same bytes.

Text is drawn letter by letter in the first font that has it, and never parsed: markup in a name is just characters.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from threading import Lock

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from money.ledger.journals import decimal
from money.receipts.receipts import Content, Party, Receipt
from money.receipts.words import WORDS, Language, Words
from money.vat.amounts import PERCENT

LINES_MAX = 10  # of one seller or buyer, once wrapped
LINE_CHARS_MAX = 400  # what is longer is cut before it is measured
MARGIN = 56.0  # points, as all lengths here
LEADING = 14.0
SIZE = 10.0
_LATIN, _MORE_LATIN, _OTHERS = "Helvetica", "Vera", "HeiseiKakuGo-W5"
_fonts = Lock()


class Page:
    """A page that is written from top to bottom."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.width, height = A4
        self.y = height - MARGIN
        self.lacks = False  # a character had no font

    def line(self, text: str, *, x: float = MARGIN, right: str = "", size: float = SIZE, step: float = LEADING) -> None:
        self._draw(text, x, size)
        if right:
            runs = list(_runs(right))
            self._draw(right, self.width - MARGIN - sum(_width(run, font, size) for font, run in runs), size)
        self.y -= step

    def rule(self) -> None:
        self.canvas.setLineWidth(0.5)
        self.canvas.line(MARGIN, self.y + LEADING - 3, self.width - MARGIN, self.y + LEADING - 3)
        self.y -= 4

    def _draw(self, text: str, x: float, size: float) -> None:
        for font, run in _runs(text):
            self.lacks |= font == ""
            self.canvas.setFont(font or _LATIN, size)
            self.canvas.drawString(x, self.y, run)
            x += _width(run, font, size)


def receipt_pdf(receipt: Receipt, language: Language) -> bytes:
    """Takes some milliseconds of CPU."""
    words = WORDS[language]

    def draw(page: Page) -> None:
        _head(page, receipt, words)
        _sums(page, receipt.content, words, is_receipt=receipt.kind == "receipt")

    return drawn(f"{words.receipt} {receipt.number}", language, draw)


def drawn(title: str, language: Language, draw: Callable[[Page], None]) -> bytes:
    """A PDF of one page."""
    with _fonts:  # reportlab keeps its fonts in globals
        _register()
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=0, lang=language)
        canvas.setTitle(title)
        canvas.setAuthor("")
        page = Page(canvas)
        draw(page)
        if page.lacks:
            page.line(WORDS[language].missing, size=8)
        canvas.showPage()
        canvas.save()
        return out.getvalue()


def _head(page: Page, receipt: Receipt, words: Words) -> None:
    content = receipt.content
    page.line(words.receipt if receipt.kind == "receipt" else words.credit_note, size=20, step=30)
    moment = datetime.fromtimestamp(receipt.at / 1000, UTC)
    page.line(f"{words.number}: {receipt.number}")
    page.line(f"{words.date}: {moment:%Y-%m-%d %H:%M}")
    if receipt.corrects:
        page.line(f"{words.corrects}: {receipt.corrects}")
    page.line(f"{words.purchase}: {receipt.purchase}", step=2 * LEADING)
    for title, party in ((words.seller, content.seller), (words.buyer, content.buyer)):
        lines = list(party_lines(party, words, page.width - 2 * MARGIN))
        if lines:
            page.line(title, size=12, step=LEADING + 2)
            for line in lines[:LINES_MAX]:
                page.line(line)
            page.y -= LEADING


def _sums(page: Page, content: Content, words: Words, *, is_receipt: bool) -> None:
    def money(minor: int) -> str:
        text = f"{decimal(minor, content.currency)} {content.currency}"
        return text.replace(".", ",") if words.comma else text

    page.rule()
    what = words.coins.format(content.coins) if is_receipt else getattr(words, content.reason, words.refund)
    page.line(what, right=money(content.gross_minor), step=2 * LEADING)
    if content.country:
        page.line(words.net, right=money(content.net_minor))
        page.line(words.vat.format(percent(content.rate, words), content.country), right=money(content.vat_minor))
    else:
        page.line(words.no_vat)
    page.rule()
    page.line(words.total if is_receipt else words.returned, right=money(content.gross_minor), size=12, step=24)
    page.line(words.paid_by.format(content.provider.title()), step=2 * LEADING)
    for line in wrapped(words.consumers, page.width - 2 * MARGIN) if content.country else ():
        page.line(line, size=8, step=11)


def percent(rate: int, words: Words) -> str:
    """25.5%, or 25,5 %."""
    text = f"{rate / PERCENT:g}"
    return f"{text.replace('.', ',')} %" if words.comma else f"{text}%"


def party_lines(party: Party, words: Words, width: float) -> Iterator[str]:
    lines = [party.name, *party.address.split("\n")]
    lines.append(f"{words.vat_number}: {party.vat_number}" if party.vat_number else "")
    lines.append(f"@{party.handle}" if party.handle else "")
    for line in lines:
        if line:
            yield from wrapped(line, width)


def wrapped(text: str, width: float) -> Iterator[str]:
    """Lines that fit, broken at spaces where there are any."""
    line = ""
    for word in text[:LINE_CHARS_MAX].split(" "):
        longer = f"{line} {word}" if line else word
        if _text_width(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        line = ""
        for letter in word:
            if line and _text_width(line + letter) > width:
                yield line
                line = ""
            line += letter
    if line:
        yield line


def _text_width(text: str) -> float:
    return sum(_width(run, font, SIZE) for font, run in _runs(text))


def _width(run: str, font: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(run, font or _LATIN, size))


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Pieces of a text with the font that has them; without one, a `?` for each character."""
    shown = [letter for letter in text if unicodedata.category(letter)[0] != "C"]  # controls and formats draw nothing
    for font, letters in groupby(shown, key=_font_of):
        run = "".join(letters)
        yield font, run if font else "?" * len(run)


def _font_of(letter: str) -> str:
    if _encodes(letter, "cp1252"):
        return _LATIN
    if ord(letter) in pdfmetrics.getFont(_MORE_LATIN).face.charToGlyph:
        return _MORE_LATIN
    return _OTHERS if _encodes(letter, "cp932") else ""


def _encodes(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _register() -> None:
    """The fonts that come with reportlab, or that every reader has: none is loaded from elsewhere."""
    known = pdfmetrics.getRegisteredFontNames()
    if _MORE_LATIN not in known:
        folder = Path(reportlab.__file__).parent / "fonts"
        pdfmetrics.registerFont(TTFont(_MORE_LATIN, str(folder / "Vera.ttf")))
    if _OTHERS not in known:
        pdfmetrics.registerFont(UnicodeCIDFont(_OTHERS))
