"""The words of advertisers' papers, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from money.receipts.words import Language


@dataclass(frozen=True, slots=True)
class AdWords:
    receipt: str
    invoice: str
    credit_note: str
    statement: str
    payer: str
    payment: str
    refund: str
    dispute: str
    no_invoice: str
    reverse: str
    outside: str
    for_invoice: str
    month: str
    so_far: str
    opening: str
    paid_in: str
    returned: str
    vat: str
    spent: str
    closing: str
    campaigns: str
    others: str  # with how many


WORDS: Mapping[Language, AdWords] = {
    "en": AdWords(
        receipt="Receipt for advertising",
        invoice="Invoice for advertising",
        credit_note="Credit note for advertising",
        statement="Advertising statement",
        payer="Paid by {}",
        payment="Payment into the balance for ads",
        refund="Refund to the card that paid",
        dispute="Payment taken back by the bank",
        no_invoice="This confirms a payment. It is not a tax invoice: it states no VAT.",
        reverse="Reverse charge: the customer owes the VAT (Directive 2006/112/EC, articles 44 and 196).",
        outside="The place of supply is where the customer is: no VAT is charged.",
        for_invoice="For invoice",
        month="Month (UTC): {}",
        so_far="The month is not over yet.",
        opening="Balance at the beginning",
        paid_in="Paid in",
        returned="Refunded or taken back",
        vat="VAT of the month, not part of the balance",
        spent="Spent on advertising",
        closing="Balance at the end",
        campaigns="What was paid",
        others="{} more campaigns",
    ),
    "fr": AdWords(
        receipt="Reçu pour la publicité",
        invoice="Facture pour la publicité",
        credit_note="Avoir pour la publicité",
        statement="Relevé publicitaire",
        payer="Payé par {}",
        payment="Versement sur le solde publicitaire",
        refund="Remboursement sur la carte qui a payé",
        dispute="Paiement repris par la banque",
        no_invoice="Ce document confirme un paiement. Ce n’est pas une facture\u00a0: il n’indique pas de TVA.",
        reverse="Autoliquidation\u00a0: la TVA est due par le preneur (directive 2006/112/CE, articles 44 et 196).",
        outside="Le lieu de la prestation est celui du client\u00a0: aucune TVA n’est facturée.",
        for_invoice="Pour la facture",
        month="Mois (UTC)\u00a0: {}",
        so_far="Le mois n’est pas terminé.",
        opening="Solde au début",
        paid_in="Versé",
        returned="Remboursé ou repris",
        vat="TVA du mois, hors solde",
        spent="Dépensé en publicité",
        closing="Solde à la fin",
        campaigns="Ce qui a été payé",
        others="{} autres campagnes",
    ),
}
