"""Whatever somebody alters, removes or inserts by hand in any table of money, `ledger verify` names the row."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, text

from core.database import Database
from core.database.proofs import findings
from money import tables
from money.part import MONEY_PROOFS
from tests.money.alterations.alteration import Alteration
from tests.money.alterations.alteration import changed as _changed
from tests.money.alterations.alteration import inserted as _inserted
from tests.money.alterations.alteration import of as _of
from tests.money.alterations.alteration import removed as _removed
from tests.money.alterations.books import fill
from tests.money.alterations.of_fund import fund_alterations
from tests.money.alterations.papers import PAPERS
from tests.money.ledger.test_proofs import drop_triggers
from tests.money.providers.stripe_server import stripe_server

UNPROVABLE = {  # what people said or set: nothing that moved could contradict it
    "ad_billing": "what advertisers want on their next receipts; those that were made keep what they say",
    "billing_details": "what people want on their next receipts; those that were made keep what they say",
    "differences": "compared with the provider's own list",
    "fund_views": "compared with the digest that its month was closed with, by `cadeau fund verify`",
    "payout_destinations": "frozen on each payout when it is approved",
    "payout_identities": "the word of a provider or an admin",
    "saved_methods": "what buyers let the provider keep; purchases are paid with them, not by them",
    "signals": "computed from the books once a day",
    "spending_limits": "set by people",
    "spending_notices": "shown to people",
    "tax_details": "what creators say of themselves",
}

PAID = _of("purchases", "id", "state = 'paid'")
BOUGHT = "purchase_is_in_the_books"
PURCHASES = (
    *_changed("purchases", BOUGHT, PAID, "id", "coins", "price_minor", "person='eve'", "currency='EUR'",
              "provider='other'", "state='pending'"),
    *_changed("purchases", BOUGHT, _of("purchases", "id", "state = 'pending'"), "id", "state='paid'"),
    *_changed("purchases", "purchase_state_is_what_became_of_it", PAID, "id", "state='refunded'", "state='disputed'",
              "state='won'", "state='lost'"),
    *_changed("purchases", "refunded_is_in_the_books", _of("purchases", "id", "state = 'partly_refunded'"), "id",
              "refunded_minor", "refunded_minor=0"),
    *_changed("purchases", "returned_is_in_the_books", PAID, "id", "returned_minor"),
    *_changed("purchases", "taken_coins_are_the_sum_of_takes", PAID, "id", "taken_coins"),
    _removed("purchases", "purchase_transfer_has_its_purchase", PAID, "id",
             "SELECT 'transfer ' || id FROM transfers WHERE key = 'purchase:' || :row"),
    _inserted("purchases", BOUGHT, PAID, "id", "SELECT 'forged' || :row",
              id="'forged' || id", key="'forged'", provider_ref="NULL"),
)  # fmt: skip
DONE = _of("refunds", "purchase", "coins = 0 AND state = 'done'")
WITHDRAWN = _of("refunds", "id", "coins > 0")
REFUNDS = (
    *_changed("refunds", "done_refunds_were_refunded", DONE, "purchase", "amount_minor"),
    *_changed("refunds", "withdrawal_took_its_coins", WITHDRAWN, "id", "coins", "coins=0"),
    _removed("refunds", "withdrawal_has_its_refund", WITHDRAWN, "id", "SELECT 'withdrawal:' || :row"),
    _inserted("refunds", "done_refunds_were_refunded", DONE, "purchase", id="'forged'", key="'forged'"),
)
LOST, WON = _of("disputes", "ref", "state = 'lost'"), _of("disputes", "ref", "state = 'won'")
DISPUTED = "dispute_is_in_the_books"
DISPUTES = (
    *_changed("disputes", DISPUTED, LOST, "ref", "amount_minor", "cash_minor", "currency='EUR'", "state='won'",
              "purchase='other'", "purchase=(SELECT min(id) FROM purchases)"),
    *_changed("disputes", DISPUTED, WON, "ref", "state='lost'", "state='open'"),
    _removed("disputes", "dispute_transfer_has_its_dispute", LOST, "ref",
             "SELECT 'transfer ' || id FROM transfers WHERE key = 'dispute:' || :row"),
    _inserted("disputes", DISPUTED, LOST, "ref", "SELECT 'forged'", ref="'forged'"),
)  # fmt: skip
TAKE, RESTORED = _of("takes", "cause", "debt_coins > 0"), _of("takes", "cause", "restored_at IS NOT NULL")
TAKEN = "take_is_in_the_books"
TAKES = (
    *_changed("takes", TAKEN, TAKE, "cause", "wallet_coins", "debt_coins", "restored_at=5", "purchase='other'"),
    *_changed("takes", TAKEN, RESTORED, "cause", "restored_at=NULL"),
    *_changed("takes", "gift_coins_are_the_sum_of_taken_gifts", TAKE, "cause", "gift_coins"),
    _removed("takes", "take_transfer_has_its_take", TAKE, "cause",
             "SELECT 'transfer ' || id FROM transfers WHERE key = 'take:' || :row"),
    _inserted("takes", TAKEN, TAKE, "cause", "SELECT 'forged'", cause="'forged'"),
)  # fmt: skip
GIFT = _of("taken_gifts", "gift", "restored = 0 AND creator_coins > 0")
SHARED = _of("taken_gifts", "gift", "restored = 0 AND agency_coins > 0")
REVERSED = "taken_gift_is_in_the_books"
TAKEN_GIFTS = (
    *_changed("taken_gifts", REVERSED, GIFT, "gift", "coins", "creator_coins", "creator='eve'", "room='other'",
              "giver='eve'", "restored=1", named="SELECT cause FROM taken_gifts WHERE gift = :row"),
    *_changed("taken_gifts", "room_earnings_are_in_the_books", GIFT, "gift", "day='2020-01-01'",
              named="SELECT creator || ' on 2020-01-01 in ' || room FROM taken_gifts WHERE gift = :row"),
    *_changed("taken_gifts", "reversed_is_the_sum_of_taken_gifts", GIFT, "gift",
              "class=CASE class WHEN 'new' THEN 'standard' ELSE 'new' END",
              named="SELECT creator FROM taken_gifts WHERE gift = :row"),
    *_changed("taken_gifts", REVERSED, SHARED, "gift", "agency_coins", "agency='eve'", "agency=NULL",
              named="SELECT cause FROM taken_gifts WHERE gift = :row"),
    *_changed("taken_gifts", "reversed_is_the_sum_of_taken_gifts", SHARED, "gift",
              "agency_class=CASE agency_class WHEN 'new' THEN 'standard' ELSE 'new' END",
              named="SELECT agency FROM taken_gifts WHERE gift = :row"),
    _removed("taken_gifts", "reversal_has_its_taken_gift", GIFT, "gift",
             "SELECT 'transfer ' || id FROM transfers WHERE key LIKE 'take:%:' || :row"),
    _inserted("taken_gifts", REVERSED, GIFT, "gift", "SELECT 'forged'", cause="'forged'"),
)  # fmt: skip
CHARGE, BANK = _of("movements", "ref", "kind = 'payment'"), _of("movements", "ref", "kind = 'bank'")
MOVED = "movement_is_in_the_books"
MOVEMENTS = (
    *_changed("movements", MOVED, CHARGE, "ref", "fee_minor", "provider='other'", "purchase=NULL"),
    *_changed("movements", MOVED, BANK, "ref", "amount_minor", "fee_minor"),
    _removed("movements", "moved_transfer_has_its_movement", BANK, "ref",
             "SELECT 'transfer ' || id FROM transfers WHERE key = 'moved:stripe:' || :row"),
    _removed("movements", "moved_transfer_has_its_movement", CHARGE, "ref",
             "SELECT 'transfer ' || id FROM transfers WHERE key = 'fee:stripe:' || :row"),
    _inserted("movements", MOVED, CHARGE, "ref", "SELECT 'forged'", ref="'forged'"),
)  # fmt: skip
EARNED, EARNED_IN = "earnings_are_in_the_books", "room_earnings_are_in_the_books"
DAY = _of("earnings", "day", "person = 'bob'")
BOB = "person = 'bob' AND day"
EARNINGS = (
    *_changed("earnings", EARNED, DAY, BOB, "coins", "released", "day='2020-01-01'", "person='eve'",
              named="SELECT 'bob on ' || :row"),
    *_changed("earnings", "reversed_is_the_sum_of_taken_gifts", DAY, BOB, "reversed", named="SELECT 'bob'"),
    _removed("earnings", EARNED, DAY, BOB, "SELECT 'bob on ' || :row"),
    _inserted("earnings", EARNED, DAY, BOB, "SELECT 'bob on 2020-01-01'", day="'2020-01-01'"),
    *_changed("earnings_rooms", EARNED_IN, DAY, BOB, "coins", "room='other'", "day='2020-01-01'", "person='eve'",
              named="SELECT 'bob on ' || :row || ' in room'"),
    _removed("earnings_rooms", EARNED_IN, DAY, BOB, "SELECT 'bob on ' || :row || ' in room'"),
    _inserted("earnings_rooms", EARNED_IN, DAY, BOB, "SELECT 'bob on ' || :row || ' in other'", room="'other'"),
)  # fmt: skip
LEFT = "rounding_carry"
OWED = "SELECT 'creator ' || :row"
FRACTIONS = (
    *_changed(
        "fractions", LEFT, "SELECT 'bob'", "person", "hundredths", "bonus_hundredths", "person='eve'", named=OWED
    ),
    _removed("fractions", LEFT, "SELECT 'bob'", "person", OWED),
    _inserted("fractions", LEFT, "SELECT 'bob'", "person", "SELECT 'creator eve'", person="'eve'"),
)
AGREED, PROPOSED = _of("agreements", "id"), _of("agreement_proposals", "id")
SHARED_GIFT = "SELECT 'transfer ' || min(id) FROM transfers WHERE kind = 'gift' AND detail ->> 'agency' = 'zed'"
ACCEPTED, SHARES = "agreements_with_an_agency_were_accepted", "agency_earnings_are_in_the_books"
IN_FORCE = "SELECT 'transfer ' || min(id) FROM transfers WHERE kind = 'gift' AND detail ->> 'creator' = 'bob'"
MADE = "SELECT 'agreement ' || id FROM agreements WHERE proposal = :row"
DAY_SHARED = _of("agency_earnings", "day")
ZED = "agency = 'zed' AND creator = 'carl' AND day"
ZEDS = "SELECT 'zed on ' || :row || ' of carl'"
LEFT_TO_ZED = "SELECT 'agency zed of creator carl'"
AGREEMENTS = (
    *_changed("agreements", "detail_is_what_was_posted", AGREED, "id", "creator='eve'", "agency='eve'",
              "platform_percent", "agency_percent", "valid_from", "until=valid_from", named=SHARED_GIFT),
    *_changed("agreements", "detail_is_what_was_posted", AGREED, "id", "creator='bob'", named=IN_FORCE),
    *_changed("agreements", ACCEPTED, AGREED, "id", "proposal='other'", "proposal=NULL",
              named="SELECT 'agreement ' || :row"),
    *_changed("agreements", "agreements_share_a_gift", AGREED, "id", "platform_percent=90", "until=valid_from - 1",
              named="SELECT 'agreement ' || :row"),
    _removed("agreements", "detail_is_what_was_posted", AGREED, "id", SHARED_GIFT),
    _inserted("agreements", "agreements_never_overlap", AGREED, "id", "SELECT 'agreement forged'", id="'forged'",
              until="valid_from + 5"),
    *_changed("agreement_proposals", ACCEPTED, PROPOSED, "id", "state='open'", "agency='eve'", "creator='eve'",
              "agency_percent", named=MADE),
    _removed("agreement_proposals", ACCEPTED, PROPOSED, "id", MADE),
    *_changed("agency_fractions", LEFT, "SELECT 'zed'", "agency", "hundredths", "bonus_hundredths", "agency='eve'",
              "creator='eve'", named=LEFT_TO_ZED),
    _removed("agency_fractions", LEFT, "SELECT 'zed'", "agency", LEFT_TO_ZED),
    _inserted("agency_fractions", LEFT, "SELECT 'zed'", "agency", "SELECT 'agency zed of creator bob'",
              creator="'bob'"),
    *_changed("agency_earnings", SHARES, DAY_SHARED, ZED, "coins", "creator='bob'", "agency='eve'",
              "day='2020-01-01'", named=ZEDS),
    _removed("agency_earnings", SHARES, DAY_SHARED, ZED, ZEDS),
    _inserted("agency_earnings", SHARES, DAY_SHARED, ZED, "SELECT 'zed on ' || :row || ' of bob'", creator="'bob'"),
)  # fmt: skip
SOLD = _of("vat_sales", "purchase", "scheme = 'oss'")
LINE = _of("vat_lines", "transfer", "kind = 'sale' AND scheme = 'oss'")
WENT = _of("vat_lines", "transfer", "kind = 'refund' AND vat_minor < 0")
POSTED_VAT, OF_SALE, QUARTER = "sale_is_what_was_posted", "line_is_that_of_its_sale", "vat_is_of_its_quarter"
LINE_OF_IT = "SELECT 'purchase:' || :row"
VAT = (
    *_changed("vat_sales", POSTED_VAT, SOLD, "purchase", "country='FR'", "buyer_country='FR'", "rate", "vat_minor"),
    *_changed("vat_sales", "sale_is_its_purchase", SOLD, "purchase", "gross_minor", "currency='EUR'"),
    *_changed("vat_sales", OF_SALE, SOLD, "purchase", "scheme='local'", "quarter='2020Q1'", named=LINE_OF_IT),
    *_changed("vat_sales", QUARTER, SOLD, "purchase", "at"),
    _removed("vat_sales", OF_SALE, SOLD, "purchase", LINE_OF_IT),
    _inserted("vat_sales", "sale_is_its_purchase", SOLD, "purchase", "SELECT 'forged'", purchase="'forged'"),
    *_changed("vat_lines", OF_SALE, LINE, "transfer", "purchase='other'", "kind='refund'", "scheme='local'",
              "country='FR'", "rate", "currency='EUR'", "sale_quarter='2020Q1'"),
    *_changed("vat_lines", "vat_line_is_what_was_posted", LINE, "transfer", "vat_minor"),
    *_changed("vat_lines", "net_line_is_what_was_posted", WENT, "transfer", "net_minor"),
    *_changed("vat_lines", QUARTER, WENT, "transfer", "quarter='2020Q1'", "at=5"),
    _removed("vat_lines", POSTED_VAT, LINE, "transfer", "SELECT purchase FROM vat_lines WHERE transfer = :row"),
    _removed("vat_lines", "vat_of_a_sale_goes_back_with_its_money", WENT, "transfer",
             "SELECT purchase FROM vat_lines WHERE transfer = :row"),
    _inserted("vat_lines", OF_SALE, LINE, "transfer", "SELECT 'forged'", transfer="'forged'"),
)  # fmt: skip
RECEIPT = "SELECT max(number) FROM receipts WHERE kind = 'receipt'"  # beyond the numbers of credit notes
NOTE = _of("receipts", "number", "kind = 'credit_note'")
OF_LINE, NUMBERED = "receipt_is_that_of_its_line", "receipts_are_as_many_as_were_numbered"
YEAR = "SELECT year FROM sales_years"
RECEIPTS = (
    *_changed("receipts", OF_LINE, RECEIPT, "number", "kind='credit_note'", "sequence=sequence + 90", "year",
              "purchase='other'", "person='other'", "cause='other'", "corrects='other'", "content='{}'"),
    *_changed("receipts", OF_LINE, NOTE, "number", "corrects=NULL", "corrects='other'", "cause='other'"),
    *_changed("receipts", QUARTER, RECEIPT, "number", "at=5"),
    _removed("receipts", "sale_has_its_receipt", RECEIPT, "number",
             "SELECT purchase FROM receipts WHERE number = :row"),
    _removed("receipts", "what_went_back_has_its_credit_note", NOTE, "number",
             "SELECT cause FROM receipts WHERE number = :row"),
    _inserted("receipts", OF_LINE, RECEIPT, "number", "SELECT 'forged'", number="'forged'", sequence="99",
              cause="'forged'"),
    *_changed("sales_years", NUMBERED, YEAR, "year", "receipts", "credit_notes"),
    _removed("sales_years", NUMBERED, YEAR, "year"),
)  # fmt: skip
SUMMED = "months_are_the_sums_of_their_entries"
BOBS = "SELECT min(m.account) FROM month_sums m JOIN accounts a ON a.id = m.account AND a.owner = 'bob'"
IN_MONTH = (
    "SELECT 'account ' || account || ' in ' || month || ' by ' || kind FROM month_sums WHERE account = :row "
    "ORDER BY kind LIMIT 1"
)
SUMS = (
    *_changed("month_sums", SUMMED, BOBS, "account", "received", "paid", "transfers", "first_transfer",
              "last_transfer", "month='2020-01'", "kind=kind || '_not'", named=IN_MONTH),
    _removed("month_sums", SUMMED, BOBS, "account", IN_MONTH),
    _inserted("month_sums", SUMMED, BOBS, "account", "SELECT 'account 999999 in 2023-11 by gift'", account="999999"),
    *_changed("summed_accounts", SUMMED, BOBS, "account", "transfer=0", named=IN_MONTH),
    _removed("summed_accounts", SUMMED, BOBS, "account", IN_MONTH),
)  # fmt: skip
SENT, OPEN = _of("payouts", "id", "state = 'paid'"), _of("payouts", "id", "state = 'checked'")
GONE, FILED = _of("payouts", "id", "state = 'cancelled'"), _of("payouts", "id", "rail = 'sepa'")
PAYOUT, COST = "payout_is_in_the_books", "payout_cost_is_in_the_books"
TO_FILE = "SELECT file FROM payouts WHERE id = :row"
PAYOUTS = (
    *_changed("payouts", PAYOUT, SENT, "id", "amount_minor", "fee_minor", "coins", "person='eve'", "currency='EUR'",
              "rail='hand'", "state='approved'"),
    *_changed("payouts", COST, SENT, "id", "amount_minor", "currency='EUR'", "state='returned'", "returned_minor"),
    *_changed("payouts", COST, GONE, "id", "state='checked'"),
    *_changed("payouts", "payout_coins_are_in_the_books", SENT, "id", "coins", "returned_coins", "state='failed'"),
    *_changed("payouts", "payout_coins_are_its_worth", SENT, "id", "per_thousand", "coins"),
    *_changed("payouts", "payout_rate_was_in_force", SENT, "id", "per_thousand"),
    *_changed("payouts", "payout_has_its_steps", OPEN, "id", "state='requested'", "state='approved'"),
    *_changed("payouts", "payouts_above_a_limit_have_two_approvers", SENT, "id", "approved_by=person",
              "seconded_by=approved_by"),
    *_changed("payouts", "payout_day_is_what_was_approved", SENT, "id", "approved_at=5",
              named="SELECT '1970-01-01 USD'"),
    *_changed("payouts", "payout_file_is_what_was_sent", FILED, "id", "file=NULL", "attempt=0", named=TO_FILE),
    *_changed("payouts", "payout_has_its_file", FILED, "id", "file='other'"),
    _removed("payouts", COST, SENT, "id"),
    _inserted("payouts", COST, SENT, "id", "SELECT 'forged'", id="'forged'", key="'forged'"),
)  # fmt: skip
STEPS = (
    *_changed("payout_steps", "payout_has_its_steps", SENT, "state = 'sent' AND payout", "at", "state='failed'"),
    *_changed("payout_steps", "payout_has_its_steps", SENT, "state = 'requested' AND payout", "at"),
    _removed("payout_steps", "payout_has_its_steps", SENT, "state = 'approved' AND payout"),
    _inserted("payout_steps", "payout_has_its_steps", SENT, "state = 'paid' AND payout", state="'returned'"),
    _inserted("payout_steps", "payout_has_its_steps", SENT, "state = 'paid' AND payout", "SELECT 'forged'",
              payout="'forged'"),
)  # fmt: skip
APPROVED = "payout_day_is_what_was_approved"
ON = _of("payout_days", "day", "currency = 'USD'")
DAYS = (
    *_changed("payout_days", APPROVED, ON, "currency = 'USD' AND day", "minor", "day='2020-01-01'", "currency='CHF'",
              named="SELECT :row || ' USD'"),
    _removed("payout_days", APPROVED, ON, "currency = 'USD' AND day", "SELECT :row || ' USD'"),
    _inserted("payout_days", APPROVED, ON, "currency = 'USD' AND day", "SELECT :row || ' CHF'", currency="'CHF'"),
)  # fmt: skip
FILE = _of("payout_files", "id")
FILES = (
    *_changed("payout_files", "payout_file_is_what_was_sent", FILE, "id", "count", "total_minor"),
    _removed("payout_files", "payout_has_its_file", FILE, "id", "SELECT id FROM payouts WHERE file = :row"),
    _inserted("payout_files", "payout_file_is_what_was_sent", FILE, "id", "SELECT 'forged'", id="'forged'"),
)
RATES = (
    *_changed("coin_rates", "payout_rate_was_in_force", SENT, "currency = 'USD' AND :row", "per_thousand"),
    _inserted("coin_rates", "payout_rate_was_in_force", SENT, "currency = 'USD' AND :row",
              valid_from="valid_from + 5", per_thousand="7"),
)  # fmt: skip
SPENT = "spent_is_what_was_given"
DAY_OF = _of("spending", "day", "person = 'hal'")
HAL = "person = 'hal' AND day"
ON_DAY = "SELECT 'hal on day ' || :row"
SPENDING = (
    *_changed("spending", SPENT, DAY_OF, HAL, "coins", "day=day + 500", "person='zoe'", named=ON_DAY),
    _removed("spending", SPENT, DAY_OF, HAL, ON_DAY),
    _inserted("spending", SPENT, DAY_OF, HAL, "SELECT 'zoe on day ' || :row", person="'zoe'"),
)
PRIZE, WON_BY = "prize_is_in_the_books", "SELECT 'won'"
PRIZES = (
    *_changed("ad_prizes", PRIZE, WON_BY, "challenge", "attempt", "advertiser='other'", "prize_micro", "fee_micro",
              "held_at", "began_at", "ended_at", "winner='eve'", "coins", "state='returned'"),
    *_changed("ad_prizes", "prize_coins_are_its_worth", WON_BY, "challenge", "per_thousand", "coins"),
    *_changed("ad_prizes", "prize_is_in_its_state", WON_BY, "challenge", "began_at=NULL", "ended_at=NULL",
              "winner=NULL", "state='held'", "state='running'"),
    *_changed("ad_prizes", PRIZE, "SELECT 'over'", "challenge", "ended_at"),
    *_changed("ad_prizes", "held_for_a_challenge_is_its_prize", "SELECT 'lasting'", "challenge", "prize_micro",
              "state='paid'", "state='returned'"),
    *_changed("ad_prizes", "held_for_a_challenge_is_its_prize", "SELECT 'waiting'", "attempt = 2 AND challenge",
              "fee_micro", "state='running'"),
    _removed("ad_prizes", "held_for_a_challenge_is_its_prize", "SELECT 'lasting'", "challenge"),
    _removed("ad_prizes", "prize_transfer_has_its_prize", WON_BY, "challenge",
             "SELECT 'transfer ' || id FROM transfers WHERE key = 'prize:won'"),
    _inserted("ad_prizes", PRIZE, "SELECT 'lasting'", "challenge", "SELECT 'forged'", challenge="'forged'"),
)  # fmt: skip
NUMBER = "SELECT max(transfer) FROM ledger_checkpoints"
TRANSFER = "SELECT min(id) FROM transfers WHERE kind = 'gift'"
NAMED = "SELECT 'transfer ' || :row"
ACCOUNT = "SELECT id FROM accounts WHERE owner = 'bob' AND kind = 'pending'"
LEDGER = (
    *_changed("transfers", "chain", TRANSFER, "id", "at", "kind='grant'", "content='x'", "key='x'", "detail='{}'",
              "digest=NULL", named=NAMED),
    _removed("transfers", "entry_has_its_transfer", TRANSFER, "id", NAMED),
    _inserted("transfers", "chain", TRANSFER, "id", "SELECT 'transfer ' || (max(id) + 1) FROM transfers",
              id="(SELECT max(id) + 1 FROM transfers)", key="'forged'"),
    *_changed("entries", "chain", TRANSFER, "transfer", "amount", "balance_after", named=NAMED),
    _removed("entries", "chain", TRANSFER, "transfer", NAMED),
    *_changed("accounts", "balance_is_that_of_the_last_entry", ACCOUNT, "id", "balance",
              named="SELECT 'account ' || :row"),
    *_changed("accounts", "chain", ACCOUNT, "id", "owner='eve'", "kind='wallet'", "unit='other'",
              named="SELECT 'transfer ' || min(transfer) FROM entries WHERE account = :row"),
    _removed("accounts", "entry_has_its_account", ACCOUNT, "id",
             "SELECT 'transfer ' || min(transfer) FROM entries WHERE account = :row"),
    _inserted("accounts", "balance_is_that_of_the_last_entry", ACCOUNT, "id", "SELECT 'account 999999'",
              id="999999", owner="'eve'", balance="5"),
    *_changed("ledger_head", "chain", "SELECT transfer FROM ledger_head", "transfer", "transfer",
              named="SELECT 'transfer ' || (:row + 1)"),
    *_changed("ledger_head", "chain", "SELECT transfer FROM ledger_head", "transfer",
              "digest=(SELECT digest FROM transfers WHERE id = 1)", named=NAMED),
    _removed("ledger_head", "chain", "SELECT transfer FROM ledger_head", "transfer", NAMED),
    *_changed("ledger_checkpoints", "checkpoints", NUMBER, "transfer",
              "digest=(SELECT digest FROM transfers WHERE id = 1)", named=NAMED),
    *_changed("ledger_checkpoints", "checkpoint_sums", NUMBER, "transfer", "sums='{\"wallet coins\": 5}'",
              named="SELECT 'checkpoint ' || :row"),
    _inserted("ledger_checkpoints", "checkpoints", NUMBER, "transfer", "SELECT 'transfer 3'", transfer="3"),
)  # fmt: skip
CAMPAIGN, HELD = _of("ad_budgets", "campaign"), "SELECT 'campaign ' || :row"
ADS = (
    *_changed("ad_budgets", "reserved_is_the_sum_of_reservations", CAMPAIGN, "campaign", "reserved_micro", named=HELD),
    *_changed("ad_budgets", "captured_is_the_sum_of_captures", CAMPAIGN, "campaign", "captured_micro", named=HELD),
    *_changed("ad_budgets", "released_is_the_sum_of_releases", CAMPAIGN, "campaign", "released_micro", named=HELD),
    *_changed("ad_budgets", "budget_is_its_advertisers", CAMPAIGN, "campaign", "advertiser='other'", named=HELD),
    _removed("ad_budgets", "held_has_its_campaign", CAMPAIGN, "campaign",
             "SELECT 'account ' || id FROM accounts WHERE kind = 'ad_held' AND owner = :row"),
    _inserted("ad_budgets", "reserved_is_the_sum_of_reservations", CAMPAIGN, "campaign", "SELECT 'campaign forged'",
              campaign="'forged'"),
)  # fmt: skip
SHARES_RULE, SHARE_OF = "shares_are_the_sum_of_captures", "SELECT 'campaign ' || :row || ' of max'"
AD_SHARES = (
    *_changed("ad_shares", SHARES_RULE, _of("ad_shares", "campaign"), "campaign", "earned_micro", "person='other'",
              "campaign='other'", named=SHARE_OF),
    _removed("ad_shares", SHARES_RULE, _of("ad_shares", "campaign"), "campaign", SHARE_OF),
    _inserted("ad_shares", SHARES_RULE, _of("ad_shares", "campaign"), "campaign", "SELECT 'campaign forged of max'",
              campaign="'forged'"),
)  # fmt: skip
ALTERATIONS = (
    *PURCHASES, *REFUNDS, *DISPUTES, *TAKES, *TAKEN_GIFTS, *MOVEMENTS, *EARNINGS, *FRACTIONS, *AGREEMENTS, *VAT,
    *RECEIPTS, *SUMS, *PAYOUTS, *STEPS, *DAYS, *FILES, *RATES, *SPENDING, *ADS, *AD_SHARES, *PAPERS, *PRIZES, *LEDGER,
    *fund_alterations(_changed, _removed, _inserted),
)  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def books(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("books")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "cadeau.db")
        url = f"sqlite:///{folder / 'cadeau.db'}"
    else:
        url = request.getfixturevalue("shared_postgres_url")
    database = Database(url)
    with stripe_server() as server:
        money = fill(database, folder, server)
    assert database.read(money.verify) == []
    yield database
    database.close()


@pytest.mark.parametrize("one", ALTERATIONS, ids=lambda one: f"{one.table} {one.what}")
def test_a_row_altered_by_hand_is_named(books: Database, one: Alteration) -> None:
    with books.engine.connect() as connection, connection.begin() as transaction:
        row = connection.execute(text(one.row)).scalar_one()
        assert row is not None, "the books have such a row"
        named = str(scalar(connection, one.named, row) if one.named else row)
        drop_triggers(connection)
        altered = connection.execute(text(one.sql), {"row": row} if ":row" in one.sql else {})
        assert altered.rowcount >= 1
        found = [finding for finding in findings(connection, MONEY_PROOFS) if finding.rule != "triggers_present"]
        transaction.rollback()
    assert any(finding.rule == one.rule and finding.subject == named for finding in found), (named, found)


def scalar(connection: Connection, sql: str, row: object) -> object:
    return connection.execute(text(sql), {"row": row} if ":row" in sql else {}).scalar_one()


def test_every_table_of_money_is_altered_or_known_to_be_beyond_proof() -> None:
    names = {name for name in tables.__all__ if isinstance(getattr(tables, name), Table)}
    assert names == {one.table for one in ALTERATIONS} | set(UNPROVABLE)
