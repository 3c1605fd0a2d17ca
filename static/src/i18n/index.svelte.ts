/** The words of the interface and the formats of its numbers, in the person's language. */
import type { Problem } from '../api/problem'
import { recall, remember } from '../state/site/memory'
import type { Messages } from './en'

export const LANGUAGES = { en: 'English', fr: 'Français' } as const
export type Language = keyof typeof LANGUAGES

const ERRORS_AFTER_MS = 5_000 // where nothing plays
const DURATIONS: [Intl.RelativeTimeFormatUnit, number][] = [['year', 31_536_000], ['month', 2_592_000], ['week', 604_800], ['day', 86_400], ['hour', 3600], ['minute', 60]]

/** What was chosen in this browser, else the first of its own languages that there is. */
function wanted(): Language {
  const found = [recall('language'), ...navigator.languages].find((tag) => tag && tag.slice(0, 2) in LANGUAGES)
  return (found?.slice(0, 2) ?? 'en') as Language
}

class I18n {
  language = $state<Language>('en')
  /** Set by `start`, before anything is drawn: only the texts of the language in use are loaded. */
  t = $state.raw({} as Messages)
  /** What went wrong, by code: loaded after the first picture, or with the first problem. */
  errors = $state.raw<Record<string, string>>({})
  #errorsOf = ''
  readonly #number = $derived(new Intl.NumberFormat(this.language))
  readonly #short = $derived(new Intl.NumberFormat(this.language, { notation: 'compact', maximumFractionDigits: 1 }))
  readonly #relative = $derived(new Intl.RelativeTimeFormat(this.language, { numeric: 'auto', style: 'short' }))
  readonly #moment = $derived(new Intl.DateTimeFormat(this.language, { dateStyle: 'medium', timeStyle: 'short' }))
  readonly #day = $derived(new Intl.DateTimeFormat(this.language, { dateStyle: 'long' }))
  readonly #clock = $derived(new Intl.DateTimeFormat(this.language, { timeStyle: 'short' }))

  async start(): Promise<void> {
    await this.use(wanted())
    const later = () => void this.loadErrors()
    document.addEventListener('playing', later, { once: true, capture: true })
    setTimeout(later, ERRORS_AFTER_MS)
  }

  async use(language: Language): Promise<void> {
    this.t = language === 'fr' ? (await import('./fr')).fr : (await import('./en')).en
    this.language = language
    document.documentElement.lang = language
    const had = this.#errorsOf !== ''
    this.#errorsOf = ''
    this.errors = this.t.problems
    if (had) await this.loadErrors()
  }

  async loadErrors(): Promise<void> {
    const language = this.language
    if (this.#errorsOf === language) return
    try {
      const { errors } = await (language === 'fr' ? import('./fr/errors') : import('./en/errors'))
      if (language !== this.language) return
      this.errors = errors
      this.#errorsOf = language
    } catch {
      // Without a network the server's own sentences must do; the next problem asks again.
    }
  }

  /** `auto`: the language of the browser. */
  async choose(language: Language | 'auto'): Promise<void> {
    remember('language', language === 'auto' ? null : language)
    const now = wanted()
    if (now !== this.language) await this.use(now)
  }

  problem(problem: Problem): string {
    if (this.#errorsOf !== this.language) void this.loadErrors()
    return this.errors[problem.code] ?? (problem.message || this.errors.unexpected || problem.code)
  }

  giftName(gift: string, otherwise = gift): string {
    return this.t.gifts.names[gift] ?? otherwise
  }

  /** Several names as one: Ada and Ben. */
  list(names: string[]): string {
    return new Intl.ListFormat(this.language).format(names)
  }
  number(value: number): string {
    return this.#number.format(value)
  }
  short(value: number): string {
    return value < 10_000 ? this.#number.format(value) : this.#short.format(value)
  }
  percent(value: number): string {
    return new Intl.NumberFormat(this.language, { style: 'percent', maximumFractionDigits: 1 }).format(value)
  }
  money(minor: number, currency: string): string {
    const format = new Intl.NumberFormat(this.language, { style: 'currency', currency: currency.toUpperCase() })
    return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
  }
  moment(at: number): string {
    return this.#moment.format(at)
  }
  day(at: number): string {
    return this.#day.format(at)
  }
  clock(at: number): string {
    return this.#clock.format(at)
  }
  ago(at: number): string {
    const seconds = Math.max(0, (Date.now() - at) / 1000)
    const [unit, size] = DURATIONS.find(([, size]) => seconds >= size) ?? ['second', 1]
    return unit === 'second' ? this.#relative.format(0, 'second') : this.#relative.format(-Math.floor(seconds / size), unit)
  }
  bytes(value: number): string {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
    const power = Math.min(3, Math.floor(Math.log(Math.max(1, value)) / Math.log(1000)))
    const format = { style: 'unit', unit: units[power]!, unitDisplay: 'short', maximumFractionDigits: power > 1 ? 1 : 0 } as const
    return new Intl.NumberFormat(this.language, format).format(value / 1000 ** power)
  }
  /** A rate of bits: 180 kbit/s, 2.45 Mbit/s, 1.2 Gbit/s. */
  bits(perSecond: number): string {
    if (perSecond < 999_500) return `${this.number(Math.round(perSecond / 1000))} kbit/s`
    const [size, unit] = perSecond < 999_500_000 ? [1e6, 'Mbit/s'] : [1e9, 'Gbit/s']
    return `${this.number(Number((perSecond / size).toPrecision(3)))} ${unit}`
  }
  frames(perSecond: number): string {
    return `${this.number(Math.round(perSecond))} ${this.t.common.framesUnit}`
  }
  ms(value: number): string {
    return `${this.number(Math.round(value))} ms`
  }
  /** A length of time as a clock shows it: 4:05 or 1:02:09. */
  length(ms: number): string {
    const seconds = Math.max(0, Math.floor(ms / 1000))
    const pad = (value: number) => String(value).padStart(2, '0')
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    return h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`
  }
}

export const i18n = new I18n()
