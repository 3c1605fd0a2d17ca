/** Why something was shown, and what the feed believes a person likes: shown, corrected, switched off. */
import { call, segment } from './http'

/** `text` is in the reader's language; `details` are what it was made of. */
export interface Why {
  code: string
  details: Record<string, unknown>
  text: string
}
export interface Interest {
  kind: string
  key: string
  /** How much it counts beside the others; below 0, such videos are shown less. */
  weight: number
  /** What people call it, where that is not its key. */
  name?: string
}
export interface Interests {
  personalised: boolean
  items: Interest[]
}
export const REPORT_REASONS = [
  'spam', 'scam', 'nudity', 'violence', 'hate', 'harassment', 'self_harm', 'child_safety', 'dangerous', 'illegal', 'impersonation', 'copyright', 'other',
] as const
export type ReportReason = (typeof REPORT_REASONS)[number]

export const why = (impression: string, language: string, signal?: AbortSignal) =>
  call<Why>('GET', `/api/feed/why/${segment(impression)}`, { headers: { 'Accept-Language': language }, signal })
export const interests = (signal?: AbortSignal) => call<Interests>('GET', '/api/feed/interests', { signal })
export const forgetInterests = () => call<void>('DELETE', '/api/feed/interests')
export const forgetInterest = ({ kind, key }: Pick<Interest, 'kind' | 'key'>) =>
  call<void>('DELETE', `/api/feed/interests/${segment(kind)}/${segment(key)}`)
export const setPersonalised = (personalised: boolean) => call<unknown>('PUT', '/api/feed/personalised', { body: { personalised } })
export const saveVideo = (id: string) => call<unknown>('PUT', `/api/videos/${segment(id)}/save`)
export const reportVideo = (id: string, reason: ReportReason) =>
  call<unknown>('POST', '/api/reports', { body: { subject: { kind: 'video', id }, reason } })
