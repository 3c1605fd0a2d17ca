"""Alterations of the receipts and credit notes of advertisers, and of the VAT on what they paid."""

from __future__ import annotations

from tests.money.alterations.alteration import changed, inserted, of, removed

PAPER, AD_NOTE = (
    of("ad_documents", "number", "kind = 'receipt'"),
    of("ad_documents", "number", "kind = 'credit_note'"),
)
TAXED = of("ad_vat", "purchase", "scheme = 'home'")
REVERSE = of("ad_vat", "purchase", "scheme = 'reverse'")
STATED = "ad_document_states_its_vat"
OTHERS = (
    "content=(SELECT o.content FROM ad_documents o JOIN ad_vat v ON v.purchase = o.purchase "
    "WHERE v.scheme = 'reverse' AND o.kind = 'receipt')"
)
OF_TRANSFER = "ad_document_is_that_of_its_transfer"
PAPERS = (
    *changed("ad_documents", OF_TRANSFER, PAPER, "number", "kind='other'", "year", "sequence=sequence + 9",
              "advertiser='other'", "purchase='other'", "cause='other'", "corrects='other'", "content='{}'"),
    *changed("ad_documents", OF_TRANSFER, AD_NOTE, "number", "corrects=NULL", "cause='other'", "content='{}'"),
    *changed("ad_documents", "ad_document_was_made_with_its_transfer", PAPER, "number", "at=5"),
    removed("ad_documents", "ad_payment_has_its_receipt", PAPER, "number",
             "SELECT 'transfer ' || t.id FROM transfers t JOIN ad_documents d ON d.cause = t.key AND d.number = :row"),
    removed("ad_documents", "ad_money_that_went_back_has_its_credit_note", AD_NOTE, "number",
             "SELECT cause FROM ad_documents WHERE number = :row"),
    inserted("ad_documents", OF_TRANSFER, PAPER, "number", "SELECT 'forged'", number="'forged'", sequence="99",
              cause="'forged'"),
    *changed("ad_documents", STATED, PAPER, "number", OTHERS),
    *changed("ad_documents", STATED, AD_NOTE, "number", OTHERS),
    *changed("ad_vat", "ad_vat_is_that_of_its_payment", TAXED, "purchase", "net_minor", "vat_minor"),
    *changed("ad_vat", "ad_vat_is_that_of_its_payment", TAXED, "purchase", "purchase='other'", named="SELECT 'other'"),
    *changed("ad_vat", "ads_are_taxed_as_was_agreed", TAXED, "purchase", "scheme='oss'", "country='DE'",
             "buyer_country='DE'", "rate", "rates='other'"),
    *changed("ad_vat", STATED, TAXED, "purchase", "billed='{}'",
             named="SELECT number FROM ad_documents WHERE kind = 'receipt' AND purchase = :row"),
    *changed("ad_vat", "reverse_charge_is_for_vat_numbers", REVERSE, "purchase", "numbered=NOT numbered"),
    removed("ad_vat", "ad_sale_was_agreed", TAXED, "purchase", "SELECT :row"),
    inserted("ad_vat", "ad_vat_is_that_of_its_payment", TAXED, "purchase", "SELECT 'forged'", purchase="'forged'"),
)  # fmt: skip
