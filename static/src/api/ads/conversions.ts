/** The secret by which an advertiser's server reports conversions. */
import { send } from '../operation'

const SECRET = '/api/ads/advertisers/{advertiser}/conversion-secret'
const of = (advertiser: string) => ({ path: { advertiser } })

export const secretState = (advertiser: string) => send('get', SECRET, of(advertiser))
export const makeSecret = (advertiser: string) => send('post', SECRET, of(advertiser))
export const revokeSecret = (advertiser: string) => send('delete', SECRET, of(advertiser))
