/** French. */
import type { Messages } from '../en'
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

export const fr: Messages = {
  nav, common, need, create, missing,
  feed, comments, tag,
  live, room, search,
  gifts, coins, wallet,
  studio, upload,
  profile, account, form,
  admin, errors,
}
