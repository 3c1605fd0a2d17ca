"""Opens `shop`: sellers, products, carts, orders."""

from __future__ import annotations

from dataclasses import dataclass

from core.core import Core
from core.executors import BoundedExecutor
from core.http import Operation
from core.jobs import Job, JobKind, Lane, Schedule
from core.part import Part
from money.part import Money
from money.vat.terms import terms_of
from people.inbox.notices import SILENCE, Notifies
from shop.affiliates.attribution import Attributions
from shop.affiliates.commissions import Commissions
from shop.affiliates.plans import Plans
from shop.affiliates.promotions import Promotions
from shop.affiliates.statements import CommissionStatements
from shop.affiliates.touches import forget_old
from shop.affiliates.views import AffiliateViews
from shop.cart.carts import Carts
from shop.cart.quotes import Quotes
from shop.commands import COMMANDS
from shop.coupons.coupons import Coupons
from shop.flashes.flashes import Flashes
from shop.hiding import NOTHING_HIDDEN, Hides
from shop.leaving import leave
from shop.orders.books import Books
from shop.orders.claims import Claims
from shop.orders.fulfilment import Fulfilment
from shop.orders.notices import OrderNotices, OrderSubjects
from shop.orders.payments import Payments
from shop.orders.proofs import PROOFS
from shop.orders.refunds import REFUND, RETRY_EVERY_S, OrderRefunds
from shop.orders.settlement import LOOK_EVERY_S, Settlement
from shop.orders.views import OrderViews
from shop.pins.addresses import SavedAddresses
from shop.pins.pins import NO_ROOMS, KnowsRooms, Pins
from shop.pins.showing import Showing
from shop.pins.tags import Tags
from shop.pins.telling import Telling
from shop.pins.views import PinViews
from shop.placing.placing import Placing
from shop.products.moderation import ProductModeration
from shop.products.pictures import Pictures, PictureUrls
from shop.products.products import Products
from shop.products.views import Brief, ProductViews
from shop.reviews.reading import ReviewPages
from shop.reviews.reviews import Reviews
from shop.routes.admins import AdminRoutes
from shop.routes.affiliates import AffiliateRoutes
from shop.routes.buyers import BuyerRoutes
from shop.routes.coupons import CouponRoutes
from shop.routes.flashes import FlashRoutes
from shop.routes.products import ByHandle, ProductRoutes
from shop.routes.reviews import ReviewRoutes
from shop.routes.sellers import SellerRoutes
from shop.routes.showing import ShowingRoutes
from shop.search.findable import Findable
from shop.sellers.balance import Balances
from shop.sellers.sellers import Sellers

SWEEP_EVERY_S = 3_600.0
PICTURES_QUEUED_MAX = 8


@dataclass(frozen=True, slots=True)
class Shop:
    """What other domains may use of `shop`."""

    sellers: Sellers
    products: Products
    moderation: ProductModeration
    pictures: Pictures
    carts: Carts
    quotes: Quotes
    coupons: Coupons
    placing: Placing
    plans: Plans
    commissions: Commissions
    promotions: Promotions
    refunds: OrderRefunds
    fulfilment: Fulfilment
    settlement: Settlement
    balances: Balances
    product_views: ProductViews
    findable: Findable
    pins: Pins
    tags: Tags
    showing: Showing
    telling: Telling
    addresses: SavedAddresses
    order_views: OrderViews
    order_subjects: OrderSubjects
    reviews: Reviews
    review_pages: ReviewPages
    flashes: Flashes


def open(
    core: Core, *, money: Money, brief: Brief, by_handle: ByHandle, rooms: KnowsRooms = NO_ROOMS,
    inbox: Notifies = SILENCE, hides: Hides = NOTHING_HIDDEN,
) -> Part[Shop]:  # fmt: skip
    """`brief` and `by_handle` resolve people, `rooms` says whose a room is, `hides` what of it readers do not see.
    Listens to what becomes of purchases."""
    settings, database, clock = core.settings, core.database, core.clock
    terms, fee_rate = terms_of(settings), settings.shop_fee_percent * 100
    purchases, urls = money.purchases, PictureUrls(core.storage.url)
    books, sellers, carts = Books(clock, money.ledger), Sellers(clock), Carts(clock)
    notices = OrderNotices(clock, inbox)
    refunds = OrderRefunds(clock, books, purchases, core.jobs, notices)
    fulfilment = Fulfilment(clock, refunds, notices)
    flashes = Flashes(clock)
    quotes = Quotes(terms, sellers, urls, flashes)
    sealed = PictureUrls(lambda key: core.withdrawals.seal(key))
    views = ProductViews(clock, brief, sellers, urls, flashes, sealed, hides)
    products = Products(clock)
    pins, tags, addresses = Pins(clock, urls, rooms), Tags(clock, views), SavedAddresses(clock)
    showing, telling = Showing(clock, pins, tags), Telling(database, clock, pins)
    plans = Plans(clock, fee_rate)
    promotions = Promotions(clock, plans, sellers)
    coupons = Coupons(clock, promotions)
    attributions = Attributions(clock, plans, promotions)
    commissions = Commissions(clock, brief, sellers)
    shop = Shop(
        sellers=sellers,
        products=products,
        moderation=ProductModeration(products),
        pictures=Pictures(database, core.storage, clock),
        carts=carts,
        quotes=quotes,
        coupons=coupons,
        placing=Placing(database, clock, terms, fee_rate, quotes, purchases, showing, attributions, addresses, coupons),
        plans=plans,
        commissions=commissions,
        promotions=promotions,
        refunds=refunds,
        fulfilment=fulfilment,
        settlement=Settlement(database, clock, books, refunds, purchases, fulfilment.accept),
        balances=Balances(clock, books),
        product_views=views,
        findable=Findable(views, products, sellers),
        pins=pins,
        tags=tags,
        showing=showing,
        telling=telling,
        addresses=addresses,
        order_views=OrderViews(brief, sellers, refunds, fulfilment, purchases, urls),
        order_subjects=OrderSubjects(urls),
        reviews=Reviews(clock, sellers),
        review_pages=ReviewPages(clock, brief, sellers, views, hides),
        flashes=flashes,
    )
    leave(core, sellers, pins)
    _follow_purchases(core, money, shop, books, commissions, notices)
    pool = BoundedExecutor("products", 1, PICTURES_QUEUED_MAX)
    return Part(
        name="shop",
        api=shop,
        routes=[
            *_buyer_routes(core, money, shop, brief, by_handle, rooms, urls),
            *_seller_routes(core, shop, pool, brief, by_handle, notices, fee_rate),
        ],
        tasks={"shop rooms": telling.run},
        jobs={REFUND: JobKind(refunds.carry_out, Lane.TRUST)},
        schedules=_schedules(core, shop),
        commands=COMMANDS,
        proofs=PROOFS,
        close=pool.close,
    )


def _follow_purchases(
    core: Core, money: Money, shop: Shop, books: Books, commissions: Commissions, notices: OrderNotices
) -> None:
    """Orders follow what becomes of their payments, and payouts wait for commissions that may still be reversed."""
    purchases, clock = money.purchases, core.clock
    money.payouts.payouts.hold_commissions(commissions.not_yet)
    purchases.outcomes.open_shop(
        Payments(
            clock, books, Claims(clock, books), shop.refunds, purchases.asked_back, shop.telling.sold, shop.addresses,
            notices,
        )
    )  # fmt: skip
    purchases.methods.listen(shop.addresses.forget)


def _buyer_routes(
    core: Core, money: Money, shop: Shop, brief: Brief, by_handle: ByHandle, rooms: KnowsRooms, urls: PictureUrls
) -> list[Operation]:
    database, purchases = core.database, money.purchases
    return [
        *BuyerRoutes(
            database, shop.carts, shop.quotes, shop.placing, purchases, shop.order_views, shop.fulfilment,
            shop.settlement, shop.showing, shop.coupons,
        ).operations(),
        *ReviewRoutes(database, shop.reviews, shop.review_pages).operations(),
        *FlashRoutes(database, shop.sellers, shop.flashes).operations(),
        *CouponRoutes(database, brief, by_handle, shop.sellers, shop.coupons).operations(),
        *ShowingRoutes(
            database, rooms, shop.pins, PinViews(core.clock, urls), shop.tags, shop.showing, purchases.methods,
            shop.addresses,
        ).operations(),
    ]  # fmt: skip


def _seller_routes(
    core: Core, shop: Shop, pool: BoundedExecutor, brief: Brief, by_handle: ByHandle, notices: OrderNotices,
    fee_rate: int,
) -> list[Operation]:  # fmt: skip
    database, clock, jobs = core.database, core.clock, core.jobs
    return [
        *ProductRoutes(
            database, pool, core.executors.storage, by_handle, shop.sellers, shop.products, shop.pictures,
            shop.product_views,
        ).operations(),
        *SellerRoutes(
            database, jobs, shop.sellers, shop.balances, shop.order_views, shop.refunds, shop.fulfilment, fee_rate
        ).operations(),
        *AffiliateRoutes(
            database, clock, by_handle, shop.sellers, shop.products, shop.plans, shop.promotions, shop.commissions,
            AffiliateViews(
                clock, brief, shop.sellers, shop.plans, shop.promotions, shop.commissions, shop.product_views
            ),
            CommissionStatements(brief, shop.sellers),
        ).operations(),
        *AdminRoutes(
            database, jobs, brief, shop.sellers, shop.balances, shop.order_views, shop.refunds, notices
        ).operations(),
    ]  # fmt: skip


def _schedules(core: Core, shop: Shop) -> list[Schedule]:
    def sweep(_: Job) -> None:
        shop.pictures.sweep()
        core.database.write(lambda c: forget_old(c, core.clock()))

    return [
        Schedule("shop.refunds", RETRY_EVERY_S, JobKind(shop.refunds.carry_out_all, Lane.TRUST)),
        Schedule("shop.look", LOOK_EVERY_S, JobKind(shop.settlement.look, Lane.TRUST)),
        Schedule("shop.sweep", SWEEP_EVERY_S, JobKind(sweep, Lane.PRIVACY)),
    ]
