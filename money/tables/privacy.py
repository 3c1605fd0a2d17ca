"""What the tables of money hold about people. Books are kept by law and name people by id; `ledger verify` needs all
their rows."""

from __future__ import annotations

from functools import partial

from core.privacy import declare, impersonal
from money.tables.ads import ad_billing, ad_budgets, ad_documents, ad_prizes, ad_shares, ad_vat
from money.tables.agreements import agency_earnings, agency_fractions, agreement_proposals, agreements
from money.tables.earnings import earnings, earnings_rooms, signals
from money.tables.fund import (
    fund_corrections,
    fund_creators,
    fund_fills,
    fund_left_out,
    fund_originality,
    fund_periods,
    fund_videos,
    fund_views,
)
from money.tables.ledger import accounts, entries, fractions, ledger_checkpoints, ledger_head, transfers
from money.tables.payouts import (
    coin_rates,
    payout_days,
    payout_destinations,
    payout_files,
    payout_identities,
    payout_steps,
    payouts,
)
from money.tables.purchases import (
    differences,
    disputes,
    movements,
    purchases,
    refunds,
    saved_methods,
    taken_gifts,
    takes,
)
from money.tables.reports import month_sums, summed_accounts, tax_details
from money.tables.spending import spending, spending_limits, spending_notices
from money.tables.vat import billing_details, receipts, sales_years, vat_lines, vat_sales

PURCHASE = "purchase > purchases.person"
books = partial(declare, erase="keep", basis="law", level="grave")

books(accounts, "Your balances.", "Vos soldes.", owner="owner")
books(entries, "Every change of your balances.", "Chaque mouvement de vos soldes.", owner="account > accounts.owner")
impersonal(transfers, "Every transfer, by ids; the entries say whose.")
impersonal(ledger_head, "The end of the ledger's chain.")
impersonal(ledger_checkpoints, "Sums of the ledger, now and then.")
books(fractions, "Fractions of coins, carried over.", "Fractions de pièces, reportées.", owner="person")
impersonal(month_sums, "Sums of the ledger by account and month.")
impersonal(summed_accounts, "How far these sums reach.")
books(spending, "What you gave, by day.", "Ce que vous avez offert, par jour.", owner="person")
books(spending_limits, "Your spending limits.", "Vos limites de dépenses.", owner="person")
books(spending_notices, "What you were told about your spending.", "Ce qui vous a été dit de vos dépenses.",
      owner="person")  # fmt: skip
books(
    purchases, "What you bought.", "Ce que vous avez acheté.", owner="person", secret="key", erase="blank",
    blank={"checkout_url": None},
)  # fmt: skip
declare(saved_methods, "Payment methods that the provider keeps for you.",
        "Les moyens de paiement que le prestataire garde pour vous.", owner="person",
        secret="customer method", level="grave")  # fmt: skip
books(refunds, "Refunds of your purchases.", "Les remboursements de vos achats.", owner=PURCHASE, secret="by key",
      law="note detail")  # fmt: skip
books(disputes, "Payments that your bank disputed.", "Les paiements contestés par votre banque.", owner=PURCHASE,
      law="reason")  # fmt: skip
books(takes, "Coins that were taken back.", "Les pièces reprises.", owner=PURCHASE)
books(taken_gifts, "Gifts that were taken back.", "Les cadeaux repris.", owner="creator | giver", others="agency")
impersonal(movements, "What payment providers report; purchases say whose.")
impersonal(differences, "Where books and provider differ.", others="settled_by")
books(receipts, "Your receipts.", "Vos reçus.", owner="person", law="content")
declare(billing_details, "What you want on receipts: name, address, VAT number.",
        "Ce que vous voulez sur vos reçus : nom, adresse, numéro de TVA.", owner="person", hold="debt",
        level="grave")  # fmt: skip
impersonal(sales_years, "Numbers of receipts, by year.")
books(vat_sales, "The VAT of your purchases.", "La TVA de vos achats.", owner=PURCHASE, secret="reviewed_by note flag",
      law="note")  # fmt: skip
impersonal(vat_lines, "What each transfer did to VAT.")
books(earnings, "What you earned, by day.", "Vos gains, par jour.", owner="person")
books(earnings_rooms, "What you earned, by room.", "Vos gains, par salon.", owner="person")
books(signals, "Patterns in your earnings that staff looked at.", "Les motifs dans vos gains que l’équipe a examinés.",
      owner="person", secret="decided_by note", law="note")  # fmt: skip
books(agreements, "Your agreements with the platform and an agency.", "Vos accords avec la plateforme et une agence.",
      owner="creator | agency", secret="by")  # fmt: skip
books(agreement_proposals, "Agreements that were proposed to you.", "Les accords qui vous ont été proposés.",
      owner="creator | agency", secret="by")  # fmt: skip
books(agency_fractions, "Fractions of an agency's coins.", "Fractions de pièces d’une agence.",
      owner="creator | agency")  # fmt: skip
books(agency_earnings, "What an agency earned with you.", "Ce qu’une agence a gagné avec vous.",
      owner="creator | agency")  # fmt: skip
impersonal(coin_rates, "What earned coins are worth.", others="by")
declare(payout_identities, "Your name and country, as checked for payouts.",
        "Votre nom et votre pays, vérifiés pour les versements.", owner="person", secret="by", erase="keep",
        law="name reason account", days=1_825, basis="law", hold="payouts", level="grave")  # fmt: skip
declare(
    payout_destinations, "Where payouts go.", "Où vont les versements.", owner="person", secret="fingerprint",
    hold="payouts", level="grave",
)  # fmt: skip
books(payouts, "Your payouts.", "Vos versements.", owner="person", secret="approved_by seconded_by fingerprint key",
      law="destination shown reason answer")  # fmt: skip
books(payout_steps, "What became of each payout.", "Le suivi de chaque versement.", owner="payout > payouts.person",
      secret="by", law="note")  # fmt: skip
impersonal(payout_days, "Sums of payouts by day.")
books(payout_files, "Files for the bank that you, as staff, made.", "Les fichiers bancaires que vous avez créés.",
      owner="made_by | approved_by", secret="content", law="content")  # fmt: skip
books(tax_details, "What you say for the tax office.", "Ce que vous déclarez pour le fisc.", owner="person",
      law="name street postcode city tin vat_number register_number birthplace")  # fmt: skip
books(
    ad_budgets, "Budgets of your campaigns.", "Les budgets de vos campagnes.", owner="campaign > campaigns.created_by"
)
books(ad_documents, "Papers for what advertisers paid in.", "Les pièces pour ce que les annonceurs ont versé.",
      owner="advertiser > advertisers.created_by", law="content")  # fmt: skip
books(ad_billing, "What advertisers want on their papers.", "Ce que les annonceurs veulent sur leurs pièces.",
      owner="advertiser > advertisers.created_by", law="name address vat_number")  # fmt: skip
books(ad_vat, "The VAT on what advertisers paid in.", "La TVA sur ce que les annonceurs ont versé.", owner=PURCHASE,
      law="billed")  # fmt: skip
books(ad_shares, "What promoted videos earned you.", "Ce que vos vidéos promues ont rapporté.", owner="person")
books(ad_prizes, "Prizes that you won.", "Les prix que vous avez gagnés.", owner="winner")
impersonal(fund_periods, "Months of the creator fund.", others="closed_by reviewed_by posted_by")
books(
    fund_views, "Views of your videos in the creator fund; viewers under a keyed hash, whose key goes each month.",
    "Les vues de vos vidéos dans le fonds ; spectateurs hachés, dont la clé disparaît chaque mois.", owner="creator",
    secret="viewer",
)  # fmt: skip
books(fund_corrections, "Corrections of what the creator fund gave you.",
      "Les corrections de ce que le fonds vous a donné.", owner="creator", secret="by", law="reason")  # fmt: skip
books(fund_creators, "What the creator fund gave you.", "Ce que le fonds vous a donné.", owner="creator")
books(fund_videos, "The same, by video.", "La même chose, par vidéo.", owner="creator")
books(fund_left_out, "Views of yours that a month did not count.", "Vos vues qu’un mois n’a pas comptées.",
      owner="creator")  # fmt: skip
books(fund_originality, "Videos of yours that look like an earlier one.", "Vos vidéos qui ressemblent à une autre.",
      owner="creator", secret="decided_by author", erase="blank", blank={"text": "", "note": ""})  # fmt: skip
impersonal(fund_fills, "What was put into the creator fund.", others="by")
