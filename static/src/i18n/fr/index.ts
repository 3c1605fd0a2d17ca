/** French. */
import type { Messages } from '../en'
import { admin } from './admin'
import { adDesk } from './ads/ad-desk'
import { adminAds, campaigns } from './ads/campaigns'
import { adFormats } from './ads/formats'
import { goals } from './ads/goals'
import { challenges } from './ads/challenges'
import { conversions } from './ads/conversions'
import { analytics } from './account/analytics'
import { ads, history, reactions, reporting, saved, threads, visibility } from './catalogue'
import { effects } from './live/effects'
import { experiment } from './experiment'
import { comments, feed, tag } from './feed'
import { feedMenu, interests, why } from './feed-menu'
import { account, form, profile } from './people'
import { inbox } from './account/inbox'
import { filters } from './live/filters'
import { keeping } from './live/keeping'
import { live, room } from './live/room'
import { agreements } from './money/agreements'
import { brandedEffects } from './ads/branded-effects'
import { adminPayouts, earnings, payouts } from './money/payouts'
import { purchases } from './money/purchases'
import { adminFund, fund } from './money/fund'
import { originality } from './money/originality'
import { problems } from './problems'
import { adminTax, revenue, statement, tax } from './money/reports'
import { search } from './catalogue/search'
import { common, create, missing, nav, need } from './site'
import { privacy } from './account/privacy'
import { oidc } from './account/oidc'
import { security } from './account/security'
import { settings } from './account/settings'
import { legal } from './account/legal'
import { transparency } from './account/transparency'
import { machine, wall } from './account/machine'
import { moderation } from './account/moderation'
import { signals } from './money/signals'
import { spending } from './money/spending'
import { vat } from './money/vat'
import { affiliate, affiliates } from './shop/affiliates'
import { coupons } from './shop/coupons'
import { flashes } from './shop/flashes'
import { goods } from './shop/goods'
import { reviews } from './shop/reviews'
import { adminShop, selling, shop } from './shop/shop'
import { sounds } from './sounds'
import { studio } from './live/studio'
import { upload } from './upload'
import { coins, gifts, wallet } from './wallet'

export const fr: Messages = {
  nav, common, need, create, missing,
  feed, comments, tag,
  feedMenu, why, interests,
  threads, saved, history, reactions, visibility, reporting, ads,
  live, room, keeping, filters, search,
  gifts, coins, wallet, spending, purchases,
  studio, effects, upload, sounds,
  profile, account, form, settings, security, oidc, privacy, transparency, legal, analytics, inbox,
  payouts, earnings, adminPayouts, agreements, vat,
  statement, revenue, tax, adminTax, fund, adminFund, originality, problems,
  campaigns, adminAds, adDesk, adFormats, goals, challenges, brandedEffects, conversions,
  shop, selling, adminShop, goods, coupons, flashes, reviews, affiliate, affiliates,
  admin, moderation, wall, machine, signals, experiment,
}
