/** English, which defines the list of texts. Functions get a number, to choose the plural, and its text, to show it. */
import { admin } from './admin'
import { analytics } from './account/analytics'
import { history, reporting, saved, threads, visibility } from './catalogue'
import { errors } from './errors'
import { experiment } from './experiment'
import { comments, feed, tag } from './feed'
import { feedMenu, interests, why } from './feed-menu'
import { account, form, profile } from './people'
import { inbox } from './account/inbox'
import { live, room } from './room'
import { adminPayouts, earnings, payouts } from './money/payouts'
import { purchases } from './money/purchases'
import { search } from './catalogue/search'
import { common, create, missing, nav, need } from './site'
import { settings } from './account/settings'
import { signals } from './money/signals'
import { spending } from './money/spending'
import { sounds } from './sounds'
import { studio } from './studio'
import { upload } from './upload'
import { coins, gifts, wallet } from './wallet'

export const en = {
  nav, common, need, create, missing,
  feed, comments, tag,
  feedMenu, why, interests,
  threads, saved, history, visibility, reporting,
  live, room, search,
  gifts, coins, wallet, spending, purchases,
  studio, upload, sounds,
  profile, account, form, settings, analytics, inbox,
  payouts, earnings, adminPayouts,
  admin, signals, experiment, errors,
}

export type Messages = typeof en
