"""The accounts. Their kind says what they hold; `rules.KINDS_BELOW_ZERO` lists those that may be negative.

| account | unit | holds |
| --- | --- | --- |
| `wallet` of a person | coins | coins they bought |
| `bonus` of a person | coins | coins they were given; spent first |
| `debt` of a person | coins | below zero: coins taken back that were spent already; repaid first by whatever comes in |
| `pending` of a person | coins | a creator's earnings in their hold period |
| `payable` of a person | coins | a creator's earnings after it |
| `promoted` of a person | coins | a creator's share of bonus coins, which is never paid out |
| `in_transit` of a person | currency | a payout that is on its way |
| `commission` of the platform | coins | its share of gifts |
| `redeemed` of the platform | coins or millionths | earnings, or shares of ads, exchanged for money |
| `mint`, `grant` of the platform | coins | below zero: the coins ever sold, and those ever given away |
| `marketing` of the platform | coins | below zero: what it paid creators for bonus coins |
| `fund` of a month | coins | the pot of the creator fund until it is posted |
| `provider` of a payment provider or bank | currency | below zero: the money there |
| `cash` of the platform | currency | what buyers paid, without VAT |
| `vat` of a country | currency | the VAT on it that is owed there |
| `cost` of the platform | currency | below zero: what creators were paid |
| `cost` of the platform | coins | below zero: what winners of prizes got for them |
| `fees` of the platform | currency | below zero: what payment providers kept |
| `losses` of the platform | currency | below zero: what disputes cost beyond the payment |
| `ad_balance` of an advertiser | millionths | what it paid in and neither spent nor set aside |
| `ad_held` of a campaign | millionths | what is set aside for views that are under way |
| `debt` of an advertiser | millionths | below zero: payments that went back when they were spent already |
| `ad_share` of a person | millionths | a creator's share of ads made of their videos |
| `ad_prize` of a challenge | millionths | its prize, and its fee until it begins |
| `prizes` of the platform | millionths | prizes that were won |
| `ad_revenue` of the platform | millionths | what advertisers spent, without the creators' shares |
| `checkout` of a checkout in the shop | currency | what was paid and is not yet its orders', or on its way back |
| `order` of an order | currency | what was paid for it, until its seller gets it or it goes back |
| `sales` of a seller | currency | what they get for settled orders and were not paid yet |
| `debt` of a seller | currency | below zero: settled orders whose money went back; paid first by later ones |
| `affiliate` of a person | currency | commission on settled orders, not paid yet |
| `debt` of a person | currency | below zero: commission on sales that were undone later; paid first by the next |
| `shop_fee` of the platform | currency | its fees on settled orders |
| `shop_vat` of a country | currency | the VAT that the platform owes there on orders and on its fees |
| `mint` of the platform | millionths | below zero: what advertisers ever paid in |

Millionths of a currency are a unit of their own, `EUR.micro`, because one view costs less than a cent.
"""

from __future__ import annotations

from money.ledger.rules import COINS, Account

PLATFORM = "platform"
AD_CURRENCY = "EUR"
AD_UNIT = f"{AD_CURRENCY}.micro"
MICRO_PER_MINOR = 10_000
COMMISSION = Account(PLATFORM, "commission", COINS)
REDEEMED = Account(PLATFORM, "redeemed", COINS)
MINT = Account(PLATFORM, "mint", COINS)
GRANT = Account(PLATFORM, "grant", COINS)
MARKETING = Account(PLATFORM, "marketing", COINS)
AD_REVENUE = Account(PLATFORM, "ad_revenue", AD_UNIT)
AD_MINT = Account(PLATFORM, "mint", AD_UNIT)
AD_REDEEMED = Account(PLATFORM, "redeemed", AD_UNIT)
PRIZE_COINS = Account(PLATFORM, "cost", COINS)
AD_PRIZES = Account(PLATFORM, "prizes", AD_UNIT)


def wallet(person: str) -> Account:
    return Account(person, "wallet", COINS)


def bonus(person: str) -> Account:
    return Account(person, "bonus", COINS)


def debt(person: str) -> Account:
    return Account(person, "debt", COINS)


def pending(person: str) -> Account:
    return Account(person, "pending", COINS)


def payable(person: str) -> Account:
    return Account(person, "payable", COINS)


def promoted(person: str) -> Account:
    return Account(person, "promoted", COINS)


def in_transit(person: str, currency: str) -> Account:
    return Account(person, "in_transit", currency)


def provider(name: str, currency: str) -> Account:
    return Account(name, "provider", currency)


def cash(currency: str) -> Account:
    return Account(PLATFORM, "cash", currency)


def vat(country: str, currency: str) -> Account:
    return Account(country, "vat", currency)


def cost(currency: str) -> Account:
    return Account(PLATFORM, "cost", currency)


def fees(currency: str) -> Account:
    return Account(PLATFORM, "fees", currency)


def losses(currency: str) -> Account:
    return Account(PLATFORM, "losses", currency)


def fund(period: str) -> Account:
    return Account(period, "fund", COINS)


def checkout(id: str, currency: str) -> Account:
    return Account(id, "checkout", currency)


def order(id: str, currency: str) -> Account:
    return Account(id, "order", currency)


def sales(seller: str, currency: str) -> Account:
    return Account(seller, "sales", currency)


def seller_debt(seller: str, currency: str) -> Account:
    return Account(seller, "debt", currency)


def affiliate(person: str, currency: str) -> Account:
    return Account(person, "affiliate", currency)


def affiliate_debt(person: str, currency: str) -> Account:
    return Account(person, "debt", currency)


def shop_fee(currency: str) -> Account:
    return Account(PLATFORM, "shop_fee", currency)


def shop_vat(country: str, currency: str) -> Account:
    return Account(country, "shop_vat", currency)


def ad_balance(advertiser: str) -> Account:
    return Account(advertiser, "ad_balance", AD_UNIT)


def ad_debt(advertiser: str) -> Account:
    return Account(advertiser, "debt", AD_UNIT)


def ad_held(campaign: str) -> Account:
    return Account(campaign, "ad_held", AD_UNIT)


def ad_share(person: str) -> Account:
    return Account(person, "ad_share", AD_UNIT)


def ad_prize(challenge: str) -> Account:
    return Account(challenge, "ad_prize", AD_UNIT)
