"""Whose VAT a sale bears. Pure: what is known of the buyer and the turnover so far are its only input.

Coins are sold to consumers, as electronic services (Directive 2006/112/EC). They are taxed where the buyer lives
(art. 58), at the home rate while sales to other countries of the EU are small (art. 59c), and outside the EU only where
the platform is registered itself. Where a buyer lives takes two proofs that agree, or one while those sales of a
platform in the EU are at most EUR 100,000 (Implementing Regulation 282/2011, art. 24b and 24f).

Space for ads is an electronic service, too (Annex I of that regulation, 3 g). A business in another country of the EU
owes its VAT itself (Directive 2006/112/EC, art. 44 and 196); whoever names no VAT number is taxed as a consumer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

HOME_RATE_EUR_CENTS = 1_000_000  # net sales to other countries in a year, up to which the home rate may be used
ONE_PROOF_EUR_CENTS = 10_000_000  # up to which one proof of place suffices

Scheme = Literal["none", "home", "home_abroad", "oss", "local", "outside", "reverse"]
"""`none`: the platform charges no VAT. `home`: to buyers at home; `home_abroad`: at the home rate, to buyers in another
country of the EU. `oss`: at their country's rate. `local`: in a country where the platform is registered itself.
`outside`: beyond the reach of its VAT. `reverse`: the buyer, a business in another country of the EU, owes it."""

Flag = Literal["", "conflict", "one_proof", "no_proof"]
"""`conflict`: the proofs name different countries. `one_proof`: two were needed. `no_proof`: the home country was
assumed."""

TAXED_AS = {"MC": "FR", "IM": "GB", "XI": "GB", "EL": "GR"}  # territories that belong to another one's VAT


@dataclass(frozen=True, slots=True)
class Terms:
    """`home`: the platform's country; empty: it charges no VAT. `rates` in hundredths of a percent by country, `eu` its
    members. `oss`: it is registered for it. `local`: countries outside OSS in which it is registered itself."""

    home: str
    oss: bool
    local: frozenset[str]
    rates: Mapping[str, int]
    eu: frozenset[str]

    def worst(self) -> tuple[str, int]:
        """The highest rate that a sale can bear, and its country."""
        reached = {self.home} | self.local | self.eu if self.home else set()
        return max(((code, self.rates[code]) for code in sorted(reached)), key=lambda one: one[1], default=("", 0))


@dataclass(frozen=True, slots=True)
class Turnover:
    """Net sales to other countries of the EU, in cents of a euro: of the year before, and of this one with the sale in
    question. None: unknown, because the settings do not say what a euro costs; both limits count as passed."""

    before: int
    now: int | None

    def within(self, limit: int) -> bool:
        return self.now is not None and self.before <= limit and self.now <= limit


@dataclass(frozen=True, slots=True)
class Place:
    """Where the buyer is (empty: unknown), and what is wrong with the proofs."""

    country: str
    flag: Flag


@dataclass(frozen=True, slots=True)
class Taxed:
    """`country`: whose VAT it is, empty for nobody's; `rate` in hundredths of a percent."""

    scheme: Scheme
    country: str
    rate: int


def place_of(terms: Terms, address: str, card: str, *, two_needed: bool) -> Place:
    """Where the buyer is, by their address and their card's country (empty: unknown).

    When they differ, the card's counts: the bank says it, not the buyer. When two proofs are needed, the one with the
    higher VAT does, so that the platform never owes more than it kept. Either way it is flagged.
    """
    proofs = [proof for proof in (card, address) if proof]
    if not proofs:
        return Place(terms.home, "no_proof")
    if len(set(proofs)) == 1:
        return Place(proofs[0], "one_proof" if two_needed and len(proofs) == 1 else "")
    if two_needed:
        return Place(max(proofs, key=lambda code: tax(terms, code, home_rate=False).rate), "conflict")
    return Place(card, "conflict")


def tax(terms: Terms, country: str, *, home_rate: bool) -> Taxed:
    """The VAT on a sale to a buyer in this country; `home_rate`: those to the rest of the EU are few enough for it."""
    if not terms.home:
        return Taxed("none", "", 0)
    if country == terms.home:
        return Taxed("home", country, terms.rates[country])
    if country in terms.local:
        return Taxed("local", country, terms.rates[country])
    if country not in terms.eu:
        return Taxed("outside", "", 0)
    if home_rate and terms.home in terms.eu and not terms.oss:
        return Taxed("home_abroad", terms.home, terms.rates[terms.home])
    return Taxed("oss", country, terms.rates[country])


def tax_ads(terms: Terms, country: str, vat_number: str, *, home_rate: bool) -> Taxed:
    """The VAT on ads for a buyer in this country (empty: unknown, so at home). `vat_number`: one of the EU, with its
    country's letters, or empty; another country's counts for nothing."""
    if terms.home and country in terms.eu and country not in ("", terms.home) and number_country(vat_number) == country:
        return Taxed("reverse", "", 0)
    return tax(terms, country or terms.home, home_rate=home_rate)


def is_abroad(terms: Terms, country: str) -> bool:
    """Whether a sale to a consumer in this country counts towards the limits."""
    return bool(terms.home) and country in terms.eu and country != terms.home and country not in terms.local


def number_country(vat_number: str) -> str:
    """The country that a VAT number's letters name; empty for one without."""
    return known_country(vat_number[:2])


def known_country(code: str | None) -> str:
    """A country's code as our rates name it; empty for what is not one."""
    code = (code or "").strip().upper()
    return TAXED_AS.get(code, code) if len(code) == 2 and code.isascii() and code.isalpha() else ""
