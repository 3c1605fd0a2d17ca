"""The words of a receipt's PDF, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "fr"]


@dataclass(frozen=True, slots=True)
class Words:
    receipt: str
    credit_note: str
    number: str
    date: str
    corrects: str
    purchase: str
    seller: str
    buyer: str
    vat_number: str
    coins: str
    refund: str
    dispute: str
    net: str
    vat: str  # with a rate and a country
    no_vat: str
    total: str
    returned: str
    paid_by: str
    consumers: str
    missing: str
    comma: bool  # a decimal comma, and the percent sign behind a space


WORDS: Mapping[Language, Words] = {
    "en": Words(
        receipt="Receipt",
        credit_note="Credit note",
        number="Number",
        date="Date (UTC)",
        corrects="For receipt",
        purchase="Purchase",
        seller="Seller",
        buyer="Buyer",
        vat_number="VAT number",
        coins="{} coins",
        refund="Refund",
        dispute="Payment taken back by the bank",
        net="Net",
        vat="VAT {} ({})",
        no_vat="No VAT is charged.",
        total="Total paid",
        returned="Total returned",
        paid_by="Paid by {}",
        consumers="Coins are sold to consumers. The price includes VAT, also for buyers who name a VAT number.",
        missing="A ? stands for a character that this document cannot show; the receipt's page shows it.",
        comma=False,
    ),
    "fr": Words(
        receipt="Reçu",
        credit_note="Avoir",
        number="Numéro",
        date="Date (UTC)",
        corrects="Pour le reçu",
        purchase="Achat",
        seller="Vendeur",
        buyer="Acheteur",
        vat_number="Numéro de TVA",
        coins="{} pièces",
        refund="Remboursement",
        dispute="Paiement repris par la banque",
        net="Hors taxes",
        vat="TVA {} ({})",
        no_vat="Aucune TVA n’est facturée.",
        total="Total payé",
        returned="Total rendu",
        paid_by="Payé par {}",
        consumers="Les pièces sont vendues à des consommateurs. Le prix comprend la TVA, même si un numéro de TVA est "
        "indiqué.",
        missing="Un ? remplace un caractère que ce document ne peut pas afficher ; la page du reçu l’affiche.",
        comma=True,
    ),
}
