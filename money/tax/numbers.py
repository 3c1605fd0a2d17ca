"""Tax numbers of people and businesses, checked as far as their country's rules are known.

A number must pass one of its country's checks. Where a country issues numbers of which no check is known, a pattern
stands in for it; of other countries only the characters are looked at. Nothing here asks an authority.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping

from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

from money.errors import BadTaxNumber, InvalidVatNumber

NUMBER_CHARS_MAX = 30
EU = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
     "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip

_CHECKS: Mapping[str, tuple[str, ...]] = {  # modules of stdnum
    "AT": ("at.tin",), "AU": ("au.tfn", "au.abn"), "BE": ("be.nn", "be.bis", "be.vat"),
    "BG": ("bg.egn", "bg.pnf", "bg.vat"), "BR": ("br.cpf", "br.cnpj"), "CA": ("ca.sin", "ca.bn"),
    "CH": ("ch.ssn", "ch.uid"), "CY": ("cy.vat",), "CZ": ("cz.rc", "cz.dic"), "DE": ("de.idnr", "de.stnr"),
    "DK": ("dk.cpr", "dk.cvr"), "EE": ("ee.ik", "ee.registrikood"), "ES": ("es.nif",), "FI": ("fi.hetu", "fi.ytunnus"),
    "FR": ("fr.nif", "fr.siren"), "GB": ("gb.utr",), "GR": ("gr.vat",), "HR": ("hr.oib",), "HU": ("hu.anum",),
    "IE": ("ie.pps", "ie.vat"), "IS": ("is_.kennitala",), "IT": ("it.codicefiscale", "it.iva"),
    "LT": ("lt.asmens", "lt.pvm"), "LU": ("lu.tva",), "LV": ("lv.pvn",), "MT": ("mt.vat",), "NL": ("nl.bsn", "nl.btw"),
    "NO": ("no.fodselsnummer", "no.orgnr"), "PL": ("pl.pesel", "pl.nip"), "PT": ("pt.nif",),
    "RO": ("ro.cnp", "ro.cui"), "SE": ("se.personnummer", "se.orgnr"), "SI": ("si.ddv",), "SK": ("sk.rc", "sk.dph"),
    "US": ("us.tin",),
}  # fmt: skip
_PATTERNS: Mapping[str, str] = {
    "CY": r"[0-9]{8}[A-Z]",
    "GB": r"[A-Z]{2}[0-9]{6}[A-D]",  # National Insurance
    "HU": r"8[0-9]{9}",  # adóazonosító jel
    "LU": r"[0-9]{13}",  # matricule
    "MT": r"[0-9]{7}[A-Z]|[0-9]{9}",
}
_ANY = re.compile(r"[A-Z0-9]{4,20}\Z")
_BETWEEN = re.compile(r"[\s./\-]")


def tax_number(country: str, given: str) -> str:
    """The number as its country writes it without spaces. Raises BadTaxNumber."""
    plain = _BETWEEN.sub("", given.upper())
    if len(given) > NUMBER_CHARS_MAX or not _ANY.match(plain):
        raise BadTaxNumber
    checks = _CHECKS.get(country)
    if checks is None:
        return plain
    for name in checks:
        try:
            return str(importlib.import_module(f"stdnum.{name}").validate(given))
        except ValidationError:
            continue
    pattern = _PATTERNS.get(country)
    if pattern is None or not re.fullmatch(pattern, plain):
        raise BadTaxNumber
    return plain


def vat_number(given: str) -> str:
    """With its country's letters, such as DE136695976. Raises InvalidVatNumber."""
    plain = _BETWEEN.sub("", given.upper())
    if len(given) > NUMBER_CHARS_MAX or not _ANY.match(plain) or not plain[:2].isalpha():
        raise InvalidVatNumber
    if plain[:2] in {*EU, "EL", "XI"}:  # the Union's letters for Greece and Northern Ireland
        try:
            return str(eu_vat.validate(plain))
        except ValidationError:
            raise InvalidVatNumber from None
    return plain


def shown(number: str) -> str:
    """What a person needs to see to recognise their number."""
    return f"••• {number[-3:]}" if number else ""
