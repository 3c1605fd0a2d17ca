"""Advertisers' receipts, credit notes and statements as PDFs of one page. The same content gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal

from money.ads.documents import Buyer, Document, DocumentContent
from money.ads.statement import AdStatement
from money.ads.words import WORDS as AD_WORDS
from money.ads.words import AdWords
from money.ledger.accounts import MICRO_PER_MINOR
from money.receipts.pdf import LEADING, LINES_MAX, MARGIN, Page, drawn, party_lines, percent, wrapped
from money.receipts.receipts import Party
from money.receipts.words import WORDS, Language, Words
from money.vat.terms import Seller

CAMPAIGNS_MAX = 30  # on a statement; the others are one line
_CENT = Decimal("0.01")


def document_pdf(document: Document, language: Language) -> bytes:
    """Takes some milliseconds of CPU."""
    words, ads, content = WORDS[language], AD_WORDS[language], document.content
    receipt = ads.invoice if content.vat else ads.receipt
    title = receipt if document.kind == "receipt" else ads.credit_note

    def draw(page: Page) -> None:
        moment = datetime.fromtimestamp(document.at / 1000, UTC)
        page.line(title, size=20, step=30)
        page.line(f"{words.number}: {document.number}")
        page.line(f"{words.date}: {moment:%Y-%m-%d %H:%M}")
        if document.corrects:
            page.line(f"{ads.for_invoice if content.vat else words.corrects}: {document.corrects}")
        page.line(f"{words.purchase}: {document.purchase}", step=2 * LEADING)
        seller = Party(content.seller_name, content.seller_address, content.seller_vat_number)
        _parties(page, seller, content.buyer, words, ads)
        page.rule()
        amount = _cents(content.amount_minor, content, words)
        page.line(getattr(ads, content.reason), right=amount, step=2 * LEADING)
        _vat(page, content, words)
        page.rule()
        total = words.total if document.kind == "receipt" else words.returned
        page.line(total, right=amount, size=12, step=24)
        page.line(words.paid_by.format(content.provider.title()), step=2 * LEADING)
        for line in wrapped(_note(content, ads), page.width - 2 * MARGIN):
            page.line(line, size=8, step=11)

    return drawn(f"{title} {document.number}", language, draw)


def statement_pdf(
    statement: AdStatement, names: Mapping[str, str], seller: Seller, buyer: Buyer, language: Language
) -> bytes:
    """`names` of its campaigns. Takes some milliseconds of CPU."""
    words, ads = WORDS[language], AD_WORDS[language]

    def money(micro: int) -> str:
        return _money(micro, statement.currency, words)

    def draw(page: Page) -> None:
        page.line(ads.statement, size=20, step=30)
        page.line(ads.month.format(statement.month), step=LEADING if not statement.complete else 2 * LEADING)
        if not statement.complete:
            page.line(ads.so_far, step=2 * LEADING)
        _parties(page, Party(seller.name, seller.address, seller.vat_number), buyer, words, ads)
        page.rule()
        page.line(ads.opening, right=money(statement.opening_micro))
        page.line(ads.paid_in, right=money(statement.paid_in_micro))
        page.line(ads.returned, right=money(-statement.returned_micro))
        if statement.vat_minor:
            page.line(ads.vat, right=money(statement.vat_minor * MICRO_PER_MINOR), size=9)
        page.line(ads.spent, right=money(-statement.spent_micro))
        page.rule()
        page.line(ads.closing, right=money(statement.closing_micro), size=12, step=30)
        if statement.campaigns:
            page.line(ads.campaigns, size=12, step=LEADING + 2)
        for one in statement.campaigns[:CAMPAIGNS_MAX]:
            name = next(iter(wrapped(names.get(one.campaign, one.campaign), page.width - 2 * MARGIN - 120)), "")
            page.line(name, right=money(one.micro), size=9, step=12)
        if rest := statement.campaigns[CAMPAIGNS_MAX:]:
            page.line(ads.others.format(len(rest)), right=money(sum(one.micro for one in rest)), size=9, step=12)

    return drawn(f"{ads.statement} {statement.month}", language, draw)


def _vat(page: Page, content: DocumentContent, words: Words) -> None:
    vat = content.vat
    if vat is None:
        return
    page.line(words.net, right=_cents(vat.net_minor, content, words))
    label = words.vat.format(percent(vat.rate, words), vat.country) if vat.country else words.no_vat
    page.line(label, right=_cents(vat.vat_minor, content, words) if vat.country else "")


def _note(content: DocumentContent, ads: AdWords) -> str:
    if content.vat is None:
        return ads.no_invoice
    return {"reverse": ads.reverse, "outside": ads.outside}.get(content.vat.scheme, "")


def _parties(page: Page, seller: Party, buyer: Buyer, words: Words, ads: AdWords) -> None:
    payer = ads.payer.format(buyer.payer) if buyer.payer else ""
    address = "\n".join(line for line in (payer, buyer.address, buyer.country) if line)
    for title, party in ((words.seller, seller), (words.buyer, Party(buyer.name, address, buyer.vat_number))):
        lines = list(party_lines(party, words, page.width - 2 * MARGIN))
        if lines:
            page.line(title, size=12, step=LEADING + 2)
            for line in lines[:LINES_MAX]:
                page.line(line)
            page.y -= LEADING


def _cents(minor: int, content: DocumentContent, words: Words) -> str:
    return _money(minor * MICRO_PER_MINOR, content.currency, words)


def _money(micro: int, currency: str, words: Words) -> str:
    """To the cent if it comes out even, to the millionth otherwise."""
    amount = Decimal(micro) / 1_000_000
    cents = amount.quantize(_CENT, ROUND_DOWN)
    text = f"{cents if cents == amount else amount.normalize():f} {currency}"
    return text.replace(".", ",") if words.comma else text
