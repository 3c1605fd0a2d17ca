/** Why something was shown, and what the feed believes a person likes: shown, corrected, switched off. */
import { call, segment } from '../http'
import type { Person } from '../people'
import type { SoundBrief } from './sounds'

/** `text` is in the reader's language; `details` are what it was made of. */
export interface Why {
  code: string
  details: Record<string, unknown>
  text: string
}
export interface Interest {
  kind: string
  /** A hashtag, or the id of a person or a sound. */
  key: string
  /** From 0 to 1, beside the strongest. */
  weight: number
  /** The person, where the key is theirs. */
  by?: Person | null
  /** The sound, where the key is its. */
  sound?: SoundBrief | null
}
export interface Interests {
  personalised: boolean
  items: Interest[]
}

export const why = (impression: string, language: string) =>
  call<Why>('GET', `/api/feed/why/${segment(impression)}`, { headers: { 'Accept-Language': language } })
export const interests = () => call<Interests>('GET', '/api/feed/interests')
export const forgetInterests = () => call<void>('DELETE', '/api/feed/interests')
export const forgetInterest = ({ kind, key }: Pick<Interest, 'kind' | 'key'>) =>
  call<void>('DELETE', `/api/feed/interests/${segment(kind)}/${segment(key)}`)
export const setPersonalised = (personalised: boolean) => call<Interests>('PUT', '/api/feed/personalised', { body: { personalised } })
