"""All settings. Their object is frozen and validated before anything opens."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from core.settings.setting import SettingsError, check, parse, setting

Role = Literal["all", "web", "media", "worker"]
RAILS = ("sandbox", "hand", "sepa", "stripe")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PURGE = re.compile(r"[A-Z]{3,10} https?://\S+\Z")
_MAIL_FROM = re.compile(r"[^@<>\s]+@[^@<>\s]+>?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. The variable of a field is its name in capitals behind `CADEAU_`."""

    host: str = setting("127.0.0.1", "Address the HTTP server listens on.")
    port: int = setting(8080, "TCP port for HTTP and WebSocket.", between=(1, 65_535))
    media_port: int = setting(8080, "Port for all media, UDP and TCP.", between=(1, 65_535))
    media_host: str = setting("", "Address of the media port; empty: the same as CADEAU_HOST.")
    media_public_address: str = setting("", "Public address of the media port, if it is behind NAT.")
    media_tcp: bool = setting(
        True, "1: media also over TCP, on the same port number, for networks that block UDP. 0: UDP only."
    )
    fanout: str = setting(
        "auto",
        "Which code forwards media: c, python, or auto (C if it has been built, else Python).",
        choices=("auto", "c", "python"),
    )
    public_url: str = setting(
        "",
        "Public URL of this server, such as https://live.example.org; empty: http with host and port.",
        schemes=("http", "https"),
    )
    data_dir: Path = setting(Path(".data"), "Folder of the SQLite file and of local storage.")
    hsts_subdomains: bool = setting(
        False, "1: browsers are told to reach the names below CADEAU_PUBLIC_URL's host by https alone, too."
    )
    database_url: str = setting(
        "",
        "postgresql://user:password@host/name; empty: SQLite in the data folder.",
        schemes=("postgresql", "postgres", "sqlite"),
    )
    redis_url: str = setting(
        "",
        "redis://host:port/0; empty: an in-process bus, enough for one process.",
        schemes=("redis", "rediss", "unix"),
    )
    storage_url: str = setting(
        "", "file:/path or s3://bucket/prefix?endpoint=URL; empty: a folder in the data folder.", schemes=("file", "s3")
    )
    media_base_url: str = setting(
        "", "URL at which a CDN serves stored files; empty: this server serves them, under /media."
    )
    purge_url: str = setting(
        "", "Method and URL that make a CDN drop a withdrawn file, such as PURGE https://{host}{path} or "
        "POST https://cdn.example.org/purge?url={url}; empty: none is told.",
    )  # fmt: skip
    purge_hosts: str = setting(
        "", "Further host names at which caches serve this server's files, with commas; those of CADEAU_PUBLIC_URL and "
        "CADEAU_MEDIA_BASE_URL are known.",
    )  # fmt: skip
    purge_secret: str = setting("", "Authorization header that the purge URL wants, such as Bearer SECRET.")
    env: str = setting("development", "development or production.", choices=("development", "production"))
    demo: bool = setting(True, "1: made-up people, videos and a live room. In production it must be 0.")
    payments: str = setting("sandbox", "sandbox (refused in production) or stripe.", choices=("sandbox", "stripe"))
    stripe_secret_key: str = setting("", "Stripe's secret API key.")
    stripe_webhook_secret: str = setting("", "Secret that signs Stripe's webhooks.")
    stripe_api_url: str = setting("https://api.stripe.com", "Stripe's API, or a stand-in for tests.")
    marketing_funds_bonus: bool = setting(
        False, "Pay creators their share of bonus coins, too, as an expense of the platform."
    )
    ledger_anchor_file: str = setting(
        "", "A file, best on another machine, to which every checkpoint of the ledger adds its line; empty: none."
    )
    commission_percent: int = setting(
        50, "The platform's share of a gift, frozen on each gift when it is sent.", between=(0, 100)
    )
    shop_fee_percent: int = setting(
        10,
        "The platform's share of goods sold in the shop, without VAT and shipping, frozen on each order.",
        between=(0, 50),
    )
    earnings_hold_days: int = setting(
        7, "Days a creator's earnings stay pending before they are payable.", between=(0, 365)
    )
    fund_ads_percent: int = setting(
        0, "The share of each month's ad revenue that goes into the creator fund.", between=(0, 100)
    )
    fund_creator_age_days: int = setting(
        30, "How old an account must be for the creator fund to pay it.", between=(0, 3_650)
    )
    fund_creator_followers: int = setting(10, "How many followers a creator needs for it.", between=(0, 10**9))
    fund_creator_views: int = setting(
        100, "How many qualified views in the month a creator needs for it.", between=(0, 10**9)
    )
    fund_creator_days: int = setting(3, "On how many days of the month a creator needs such views.", between=(0, 28))
    fund_viewer_age_days: int = setting(
        14, "How old an account must be for what it watches to count in the fund.", between=(0, 3_650)
    )
    fund_viewer_active_days: int = setting(
        3, "On how many days of the month a viewer must have watched to count.", between=(1, 28)
    )
    spending_day_coins_max: int = setting(100_000, "Coins that one person may give in a UTC day.", between=(0, 10**9))
    spending_month_coins_max: int = setting(500_000, "Coins that one person may give in 30 days.", between=(0, 10**9))
    spending_notice_coins: int = setting(
        10_000,
        "Each time a person has given so many coins more within 30 days, they are told. 0: never.",
        between=(0, 10**9),
    )
    earnings_new_hold_days: int = setting(
        30,
        "The same for gifts of people whose account or first purchase is less than 30 days old.",
        between=(0, 365),
    )
    coin_rates: str = setting(
        "USD=500", "What 1,000 earned coins are worth in a payout, in minor units by currency: USD=500,EUR=460."
    )
    exchange_rates: str = setting(
        "", "What one unit of the coin packs' currency buys, for the break-even of other currencies: EUR=0.92."
    )
    ad_effect_day_minor: int = setting(
        2_000, "The price of a sponsored effect for a day, in minor units of the ad currency.", between=(1, 1_000_000)
    )
    break_even_vat_percent: int = setting(
        27, "The highest VAT on coins that the break-even of a rate assumes.", between=(0, 100)
    )
    break_even_fee_basis_points: int = setting(
        290, "A payment provider's share of a price, in hundredths of 1 %.", between=(0, 10_000)
    )
    break_even_fee_minor: int = setting(
        30, "A payment provider's fixed fee per purchase, in minor units.", between=(0, 100_000)
    )
    vat_home: str = setting("", "The country whose VAT the platform owes, such as FR; empty: it charges no VAT.")
    vat_oss: bool = setting(
        False, "1: registered for the One-Stop Shop, so buyers in the EU pay their country's VAT from the first sale."
    )
    vat_local: str = setting("", "Countries outside the One-Stop Shop where the platform is registered itself: GB,NO.")
    vat_rates: str = setting("", "Rates that replace those of the installed table, in percent: FI=25.5,DE=19.")
    seller_name: str = setting("", "Who sells, as receipts say it.")
    seller_address: str = setting("", "The seller's address on receipts; a semicolon begins a line.")
    seller_vat_number: str = setting("", "The seller's VAT number on receipts.")
    payouts: str = setting(
        "", "Ways to pay creators: sandbox, hand, sepa, stripe, with commas; empty: sandbox, in production hand."
    )
    payout_terms: str = setting(
        "USD=2000:0,EUR=2000:0", "Minimum and fee of a payout in minor units by currency: USD=2000:50."
    )
    payout_auto_minor: int = setting(
        0, "Up to this sum per person and day, in minor units, payouts need no admin; 0: all do.", between=(0, 10**12)
    )
    payout_second_minor: int = setting(
        50_000, "Above this sum per person and day, in minor units, a second admin must approve.", between=(0, 10**12)
    )
    payout_person_day_minor: int = setting(
        500_000, "The most that is approved per person and day, in minor units.", between=(0, 10**12)
    )
    payout_day_minor: int = setting(
        5_000_000, "The most that is approved per currency and day, in minor units.", between=(0, 10**12)
    )
    tax_form: str = setting(
        "", "Sum a year and currency, in minor units, from which payouts wait for tax details; never; empty: never, in "
        "production 0 (all wait).",
    )  # fmt: skip
    sepa_name: str = setting("", "The platform's name in SEPA files.")
    sepa_iban: str = setting("", "The account that SEPA files pay from.")
    sepa_bic: str = setting("", "Its bank, if the bank asks for it.")
    stripe_connect_webhook_secret: str = setting("", "Secret that signs Stripe Connect's webhooks; not the other one.")
    trusted_proxies: str = setting(
        "127.0.0.1", "Comma-separated addresses of proxies whose X-Forwarded-For is trusted."
    )
    country_header: str = setting(
        "", "Header in which a trusted proxy names the visitor's country, such as CF-IPCountry; empty: none does."
    )
    metrics_addresses: str = setting(
        "127.0.0.1,::1", "Comma-separated addresses and networks that may read /metrics, such as 10.0.0.0/8."
    )
    push_contact: str = setting(
        "",
        "mailto: or https: URL at which push services reach you; empty: CADEAU_PUBLIC_URL, if it is https.",
        schemes=("mailto", "https"),
    )
    push_private: bool = setting(
        False, "1: web push also over http and to private addresses, for tests; refused in production."
    )
    smtp_url: str = setting(
        "",
        "smtp://user:password@host:587 (STARTTLS) or smtps://host:465, never without TLS; empty: no mail is sent.",
        schemes=("smtp", "smtps"),
    )
    smtp_ca: str = setting("", "A file of certificates that the mail server's may be signed by, besides the system's.")
    mail_from: str = setting("", "Sender of mails, such as Cadeau <hello@live.example.org>.")
    second_opinion_percent: int = setting(
        5,
        "How many of 100 moderators' decisions, drawn at random, take effect only once somebody else agrees.",
        between=(0, 100),
    )
    moderation_sample_percent: int = setting(
        2,
        "How many of 100 uploads in which the machine finds nothing a moderator looks at all the same.",
        between=(0, 100),
    )
    contact_people: str = setting(
        "", "Where people reach you, on the page Legal: an e-mail address, or an https URL (DSA, 12)."
    )
    contact_authorities: str = setting(
        "", "Where authorities send orders, read day and night: an e-mail address, or an https URL (DSA, 11)."
    )
    contact_languages: str = setting("en,fr", "Languages in which authorities can write, with commas (ISO 639-1).")
    legal_representative: str = setting(
        "", "Your representative in the Union if you are outside of it; a semicolon begins a line (DSA, 13)."
    )
    breached_passwords: str = setting(
        "", "A file of breached passwords, made by cadeau passwords index, that nobody may choose; empty: none."
    )
    staff_factor_days: int = setting(
        14,
        "Days after which moderators and admins have no powers without a second factor. 0: they need none.",
        between=(0, 365),
    )
    oidc_issuer: str = setting("", "OpenID Connect provider that people may sign in with: its issuer; empty: none.")
    oidc_client_id: str = setting("", "What the provider calls this server.")
    oidc_client_secret: str = setting("", "Secret that the provider has given to this server; empty: PKCE alone.")
    oidc_name: str = setting("", "The provider's name on the button; empty: its host.")
    viewers_max: int = setting(500, "WebRTC viewers this process serves at once.", between=(1, 100_000))
    sockets_max: int = setting(
        10_000,
        "Chat connections this process serves at once, and as many connections of inboxes.",
        between=(1, 1_000_000),
    )
    storage_gb_per_person: int = setting(
        20, "Gigabytes that one person's videos and uploads may take up.", between=(1, 1_000_000)
    )
    rate_limits: bool = setting(True, "0 switches off the limits on requests, for load tests.")
    log_format: str = setting(
        "", "text or json; empty: text in development, json in production.", choices=("", "text", "json")
    )

    def __post_init__(self) -> None:
        for one in fields(self):
            check(f"CADEAU_{one.name.upper()}", getattr(self, one.name), **one.metadata)
        self._check_addresses()
        self._check_payments()
        self._check_accounts()
        if self.production:
            self._check_production()

    def _check_addresses(self) -> None:
        if self.media_public_address:
            try:
                ipaddress.ip_address(self.media_public_address)
            except ValueError:
                raise SettingsError("CADEAU_MEDIA_PUBLIC_ADDRESS must be an IP address.") from None
        try:
            networks_of(self.metrics_addresses)
        except ValueError:
            raise SettingsError("CADEAU_METRICS_ADDRESSES must be IP addresses or networks, with commas.") from None
        if self.purge_url and not _PURGE.match(self.purge_url):
            raise SettingsError("CADEAU_PURGE_URL must be a method and a URL: PURGE https://{host}{path}")
        try:
            self.purge_url.format(host="h", path="/p", url="u")
        except (LookupError, ValueError):
            raise SettingsError("CADEAU_PURGE_URL may have {host}, {path} and {url} in it, no other braces.") from None

    def _check_payments(self) -> None:
        if self.payments == "stripe" and not (self.stripe_secret_key and self.stripe_webhook_secret):
            raise SettingsError(
                "CADEAU_PAYMENTS=stripe needs CADEAU_STRIPE_SECRET_KEY and CADEAU_STRIPE_WEBHOOK_SECRET."
            )
        if self.earnings_new_hold_days < self.earnings_hold_days:
            raise SettingsError("CADEAU_EARNINGS_NEW_HOLD_DAYS must not be less than CADEAU_EARNINGS_HOLD_DAYS.")
        if self.tax_form not in ("", "never") and not _is_count(self.tax_form):
            raise SettingsError("CADEAU_TAX_FORM must be a sum in minor units, such as 200000, or never.")
        for rail in self.payout_rails:
            check("CADEAU_PAYOUTS", rail, choices=RAILS)
        if "stripe" in self.payout_rails and not (self.stripe_secret_key and self.stripe_connect_webhook_secret):
            raise SettingsError(
                "CADEAU_PAYOUTS=stripe needs CADEAU_STRIPE_SECRET_KEY and CADEAU_STRIPE_CONNECT_WEBHOOK_SECRET."
            )
        if "sepa" in self.payout_rails and not (self.sepa_name and self.sepa_iban):
            raise SettingsError("CADEAU_PAYOUTS=sepa needs CADEAU_SEPA_NAME and CADEAU_SEPA_IBAN.")

    def _check_accounts(self) -> None:
        if self.smtp_url and (not urlsplit(self.smtp_url).hostname or not _MAIL_FROM.search(self.mail_from)):
            raise SettingsError("CADEAU_SMTP_URL needs a host, and an address in CADEAU_MAIL_FROM.")
        if self.oidc_issuer and not (self.oidc_client_id and is_safe(self.oidc_issuer)):
            raise SettingsError("CADEAU_OIDC_ISSUER must be an https: URL, and needs CADEAU_OIDC_CLIENT_ID.")

    def _check_production(self) -> None:
        if self.demo:
            raise SettingsError("CADEAU_ENV=production refuses the demo: set CADEAU_DEMO=0.")
        if self.push_private:
            raise SettingsError("CADEAU_ENV=production refuses CADEAU_PUSH_PRIVATE=1, which opens its own network.")
        if "sandbox" in self.payout_rails:
            raise SettingsError("CADEAU_ENV=production refuses sandbox payouts, which pay nobody.")
        if self.payments == "sandbox":
            raise SettingsError(
                "CADEAU_ENV=production refuses sandbox payments, which give coins away: set CADEAU_PAYMENTS=stripe."
            )

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def payout_rails(self) -> tuple[str, ...]:
        """The ways to pay creators, the preferred one first."""
        named = tuple(dict.fromkeys(part.strip() for part in self.payouts.split(",") if part.strip()))
        return named or (("hand",) if self.production else ("sandbox",))

    @property
    def tax_form_from(self) -> int | None:
        """The sum from which payouts wait for tax details; None: they never do."""
        if _is_count(self.tax_form):
            return int(self.tax_form)
        return 0 if self.production and not self.tax_form else None

    @property
    def base_url(self) -> str:
        """Where people reach this server, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{_in_url(self.host)}:{self.port}"

    @property
    def push_from(self) -> str:
        """Whom push services can contact about our messages (RFC 8292, 2.1)."""
        if self.push_contact:
            return self.push_contact
        return self.base_url if self.base_url.startswith("https:") else "mailto:nobody@localhost"

    @property
    def json_logs(self) -> bool:
        return self.log_format == "json" or (not self.log_format and self.production)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings. Raises SettingsError, naming the variable, also for a CADEAU_ variable nobody knows."""
        known = {f"CADEAU_{f.name.upper()}": f for f in fields(cls)}
        unknown = sorted(name for name in environment if name.startswith("CADEAU_") and name not in known)
        if unknown:
            raise SettingsError(f"{unknown[0]} is not a setting of Cadeau.")
        values: dict[str, Any] = {
            f.name: parse(name, environment[name], f.default) for name, f in known.items() if environment.get(name)
        }
        read = cls(**values)
        return cls(**_OF_THE_DEMO | values) if read.demo and not read.production else read


_OF_THE_DEMO = {"coin_rates": "USD=500,EUR=460", "exchange_rates": "EUR=0.92"}
"""In the demo, earned coins have a value in euros, too, because the prizes of challenges are in euros."""


def networks_of(text: str) -> list[Network]:
    """The networks in a list with commas; an address is a network of one. Raises ValueError."""
    return [ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip()]


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def is_safe(url: str) -> bool:
    """Whether nobody on the way can change what is said there: https, or this machine."""
    parts = urlsplit(url)
    loopback = parts.hostname in ("127.0.0.1", "::1", "localhost")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and loopback))


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
