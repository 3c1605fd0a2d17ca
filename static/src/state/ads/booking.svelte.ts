/** A campaign while it is being written: what was typed, what is wrong with it, and what it becomes. */
import type { Account, Balance } from '../../api/ads/accounts'
import type { Action, Category, Forecast, ForecastRequest, NewCampaign, Terms } from '../../api/ads/campaigns'
import { forecast } from '../../api/ads/campaigns'
import type { OwnChallenge } from '../../api/ads/challenges'
import { offered, takeovers, type OfferedVideo, type TakeoverOffer } from '../../api/ads/consents'
import { Problem } from '../../api/problem'
import { video as readVideo, type VideoFields } from '../../api/videos'
import { lackingMinor, typedMicro } from './amounts'

export type Device = 'phone' | 'tablet' | 'desktop'
export const DEVICES: readonly Device[] = ['phone', 'tablet', 'desktop']
export const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
export type Zone = 'feed' | 'live'
/** Where an ad of one's own may stand. */
export const ZONES: readonly Zone[] = ['feed', 'live']
export type AdFormat = NewCampaign['format'] & string
export const FORMATS: readonly AdFormat[] = ['in_feed', 'promoted', 'takeover']
export type Pricing = Exclude<NewCampaign['pricing'], 'day'>
const OBJECTIVES = { cpm: 'views', cpc: 'clicks', ocpm: 'conversions' } as const
const FORECAST_AFTER_MS = 400
const CODE_CHARS = 12
const DAYS = 7

/** A day as the server reads it, so many days from today, in this browser's zone. */
export function dayFrom(days: number, now = new Date()): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days)
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`
}

/** From one hour up to, but not at, another one; also past midnight. Empty for all day. */
export function hoursBetween(from: number, to: number): number[] {
  if (from === to) return []
  return HOURS.filter((hour) => (from < to ? hour >= from && hour < to : hour >= from || hour < to))
}

export class Booking {
  name = $state('')
  video = $state.raw<VideoFields | null>(null)
  text = $state('')
  url = $state('https://')
  action = $state<Action>('learn_more')
  category = $state<Category | ''>('')
  hashtags = $state('')
  languages = $state<string[]>([])
  countries = $state<string[]>([])
  fromHour = $state(0)
  toHour = $state(0)
  devices = $state<Device[]>([...DEVICES])
  zones = $state<Zone[]>(['feed'])
  starts = $state(dayFrom(0))
  ends = $state(dayFrom(DAYS - 1))
  capDay = $state('3')
  pricing = $state<Pricing>('cpm')
  bid = $state('5')
  total = $state('50')
  day = $state('')
  format = $state<AdFormat>('in_feed')
  code = $state('')
  /** That the ads lead to, instead of a page of the advertiser's. */
  challenge = $state.raw<Pick<OwnChallenge, 'id'> | null>(null)
  consent = $state.raw<OfferedVideo | null>(null)
  consentProblem = $state.raw<Problem | null>(null)
  takeover = $state.raw<TakeoverOffer | null>(null)
  estimate = $state.raw<Forecast | null>(null)
  refusal = $state.raw<Problem | null>(null)
  readonly bidMicro = $derived(typedMicro(this.bid))
  readonly totalMicro = $derived(typedMicro(this.total))
  readonly dayMicro = $derived(this.day.trim() ? typedMicro(this.day) : null)

  /** From the first to the last, both included. */
  get days(): number {
    return Math.max(0, Math.round((Date.parse(this.ends) - Date.parse(this.starts)) / 86_400_000) + 1) || 0
  }
  get takeoverMicro(): number {
    return this.days * (this.takeover?.day_micro ?? 0)
  }
  /** Of the days wanted, those that somebody has booked. */
  get takenDays(): string[] {
    return (this.takeover?.taken ?? []).filter((day) => day >= this.starts && day <= this.ends)
  }

  /** Another format has its own place, and so has a challenge. */
  get shownIn(): Zone[] {
    return this.format === 'in_feed' && !this.challenge ? this.zones : ['feed']
  }

  /** Let the ads lead to a challenge: in the feed, until its last day. */
  lead(challenge: OwnChallenge | null) {
    this.challenge = challenge
    if (!challenge) return
    if (this.format === 'takeover') this.format = 'in_feed'
    if (this.pricing === 'ocpm') this.pricing = 'cpc'
    if (this.ends > challenge.ends_on) this.ends = challenge.ends_on
    if (!this.category) this.category = challenge.category
  }

  /** The least bid of what is paid for. */
  floor(terms: Terms | null): number {
    const floor = terms?.settings.floors[0]
    if (!floor) return 0
    return this.pricing === 'cpm' ? floor.cpm_micro : this.pricing === 'cpc' ? floor.cpc_micro : floor.conversion_micro
  }

  /** All but who it is of and what it shows. Null while an amount is not one. */
  request(zone: string): ForecastRequest | null {
    if (this.format === 'takeover') return null
    if (this.bidMicro === null || this.totalMicro === null || !this.category || (this.day.trim() && this.dayMicro === null)) return null
    const cap = Number.parseInt(this.capDay, 10)
    return {
      zone,
      category: this.category,
      objective: OBJECTIVES[this.pricing],
      pricing: this.pricing,
      bid_micro: this.bidMicro,
      total_micro: this.totalMicro,
      day_micro: this.dayMicro,
      starts_on: this.starts,
      ends_on: this.ends,
      caps: { day: Number.isNaN(cap) ? null : cap, total: null },
      targets: {
        hashtags: this.hashtags.split(/[\s,]+/).filter(Boolean),
        sounds: [],
        languages: this.languages,
        countries: this.countries,
        hours: hoursBetween(this.fromHour, this.toHour),
        devices: this.devices.length === DEVICES.length ? [] : this.devices,
        zones: this.shownIn,
      },
    }
  }

  campaign(account: Account): NewCampaign | null {
    const video = this.format === 'promoted' ? this.consent?.video : this.video?.id
    const terms = this.format === 'takeover' ? this.#takeoverTerms() : this.request(account.zone)
    if (!terms || !video) return null
    const { zone: _, ...booked } = { zone: '', ...terms }
    const url = this.challenge ? '' : this.url.trim()
    const creative = { video, url, text: this.text, action: this.action }
    const challenge = this.challenge?.id ?? null
    const consent = this.format === 'promoted' ? this.code.trim() : ''
    return { ...booked, advertiser: account.id, name: this.name.trim() || this.text, format: this.format, consent, challenge, creatives: [creative] }
  }

  /** The server knows the price. */
  #takeoverTerms(): Omit<NewCampaign, 'advertiser' | 'name'> | null {
    if (!this.category || this.days < 1) return null
    return { category: this.category, objective: 'views', pricing: 'day', bid_micro: 0, total_micro: 0, starts_on: this.starts, ends_on: this.ends }
  }

  /** Asks what a code allows, once it is complete. Returns what stops it. */
  lookUp(advertiser: string): (() => void) | undefined {
    const code = this.code.trim()
    this.consent = null
    this.consentProblem = null
    if (code.replace(/[\s-]/g, '').length < CODE_CHARS) return
    let current = true
    const timer = setTimeout(async () => {
      try {
        const found = await offered(code, advertiser)
        const video = await readVideo(found.video)
        if (!current) return
        this.consent = found
        this.video = video
      } catch (error) {
        if (current) this.consentProblem = Problem.from(error)
      }
    }, FORECAST_AFTER_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }

  /** Asks which days of the category are free. Returns what stops it. */
  lookUpDays(): (() => void) | undefined {
    if (!this.category) return
    const stop = new AbortController()
    void takeovers(this.category, stop.signal).then(
      (found) => (this.takeover = found),
      () => undefined, // the server says it again when it is booked
    )
    return () => stop.abort()
  }

  /** What has to be paid in now: what the total lacks, within what may be paid in at once. */
  lacking(balance: Balance | null, least: number): number {
    const total = this.format === 'takeover' ? this.takeoverMicro : (this.totalMicro ?? 0)
    const lacks = lackingMinor(total, balance?.available_micro ?? 0)
    if (lacks === 0) return 0
    return Math.min(Math.max(lacks, balance?.top_up_minor_min ?? least), balance?.top_up_minor_max ?? Infinity)
  }

  /** Asks for a forecast once nothing has been typed for a moment. Returns what stops it. */
  foresee(request: ForecastRequest | null): () => void {
    const stop = new AbortController()
    const timer = setTimeout(async () => {
      if (!request) {
        this.estimate = null
        return
      }
      try {
        this.estimate = await forecast(request, stop.signal)
        this.refusal = null
      } catch (error) {
        const problem = Problem.from(error)
        if (problem.code === 'aborted') return
        this.estimate = null
        this.refusal = problem
      }
    }, FORECAST_AFTER_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }
}
