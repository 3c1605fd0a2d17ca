/** English, which defines the list of texts. Functions get a number, to choose the plural, and its text, to show it. */
import { admin } from './admin'
import { errors } from './errors'
import { comments, feed, tag } from './feed'
import { account, form, profile } from './people'
import { live, room } from './room'
import { search } from './search'
import { common, create, missing, nav, need } from './site'
import { studio } from './studio'
import { upload } from './upload'
import { coins, gifts, wallet } from './wallet'

export const en = {
  nav, common, need, create, missing,
  feed, comments, tag,
  live, room, search,
  gifts, coins, wallet,
  studio, upload,
  profile, account, form,
  admin, errors,
}

export type Messages = typeof en
