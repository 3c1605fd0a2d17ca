/** A sponsored effect while it is being made: what was chosen, and the look that it becomes. */
import type { BookedEffect, EffectFile, EffectPicture, EffectTerms, Look, Template } from '../../api/ads/effects'
import type { Category } from '../../api/ads/campaigns'
import { dayFrom } from './booking.svelte'
import colours from './effect-colours.json'

export type Where = 'topLeft' | 'topRight' | 'bottomLeft' | 'bottomRight' | 'middle' | 'falling'
export type Spot = 'forehead' | 'eyes' | 'nose' | 'mouth'
export const SPOTS: readonly Spot[] = ['forehead', 'eyes', 'nose', 'mouth']
export const SHADES = ['brightness', 'contrast', 'saturation', 'warmth', 'vignette'] as const
export type Shade = (typeof SHADES)[number]

/** The middle of a picture there, as shares of the screen; clear of the chat and the buttons. */
const PLACES: Record<Exclude<Where, 'falling'>, { x: number; y: number }> = {
  topLeft: { x: 0.2, y: 0.16 },
  topRight: { x: 0.8, y: 0.16 },
  bottomLeft: { x: 0.2, y: 0.7 },
  bottomRight: { x: 0.8, y: 0.7 },
  middle: { x: 0.5, y: 0.45 },
}
export const WHERES = [...(Object.keys(PLACES) as Exclude<Where, 'falling'>[]), 'falling'] as const
const RAIN = { count: 14, seconds: 7 }
const DAYS = 7

export class EffectDraft {
  name = $state('')
  template = $state<Template>('sticker')
  category = $state<Category | ''>('')
  starts = $state(dayFrom(0))
  ends = $state(dayFrom(DAYS - 1))
  picture = $state.raw<EffectPicture | null>(null)
  where = $state<Where>('topRight')
  spot = $state<Spot>('forehead')
  /** Percent of the screen's shorter side, or of the face's width. */
  size = $state(28)
  /** Percent of the face's width, upwards. */
  lift = $state(20)
  frameColour = $state(colours.frame)
  frameWidth = $state(2)
  tint = $state(colours.tint)
  /** Percent */
  tintShare = $state(10)
  shades = $state<Record<Shade, number>>({ brightness: 0, contrast: 0, saturation: 0, warmth: 0, vignette: 0 })

  readonly needsPicture = $derived(this.template === 'sticker' || this.template === 'face')
  readonly complete = $derived(this.name.trim() !== '' && this.category !== '' && this.ends >= this.starts && (!this.needsPicture || this.picture !== null) && (this.template !== 'colour' || this.tintShare > 0 || SHADES.some((one) => this.shades[one] !== 0)))
  readonly days = $derived(Math.max(0, Math.round((Date.parse(this.ends) - Date.parse(this.starts)) / 86_400_000) + 1))
  readonly look = $derived<Look>({
    colour: this.template === 'colour' ? this.#colour : null,
    frame: this.template === 'frame' ? { colour: this.frameColour, width: this.frameWidth / 100, inset: 0.02, radius: 0.06 } : null,
    logo: this.picture ? this.#logo : null,
  })

  get #colour(): NonNullable<Look['colour']> {
    const { brightness, contrast, saturation, warmth, vignette } = this.shades
    const tint = this.tintShare ? { colour: this.tint, share: this.tintShare / 100 } : null
    return { brightness: brightness / 100, contrast: contrast / 100, saturation: saturation / 100, warmth: warmth / 100, hue: 0, tint, vignette: vignette / 100, grain: 0, soften: 0 }
  }
  get #logo(): NonNullable<Look['logo']> {
    const nowhere = { place: null, rain: null, face: null }
    if (this.template === 'face') return { ...nowhere, width: (this.size * 3) / 100, face: { at: this.spot, x: 0, y: -this.lift / 100 } }
    const width = this.size / 100
    if (this.where === 'falling') return { ...nowhere, width: width / 2, rain: RAIN }
    return { ...nowhere, width, place: { ...PLACES[this.where], turn: 0, swayDegrees: 0, swaySeconds: 4 } }
  }

  /** What the renderer would draw. */
  get file(): EffectFile {
    const { colour, frame, logo } = this.look
    const { picture } = this
    const stickers = logo && picture ? [{ ...logo, view: [picture.width, picture.height], picture: picture.url }] : []
    return { id: 'draft', name: { en: this.name, fr: this.name }, colour: colour ?? null, frame: frame ?? null, stickers } as unknown as EffectFile
  }

  terms(): EffectTerms | null {
    if (!this.complete || !this.category) return null
    return { name: this.name.trim(), template: this.template, look: this.look, picture: this.picture?.picture ?? null, category: this.category, starts_on: this.starts, ends_on: this.ends }
  }

  /** Goes on with what was booked before. */
  take(booked: BookedEffect): void {
    const { look } = booked
    Object.assign(this, { name: booked.name, template: booked.template, category: booked.category, starts: booked.starts_on, ends: booked.ends_on })
    const [sticker] = booked.file.stickers ?? []
    if (booked.picture && sticker) this.picture = { picture: booked.picture, url: sticker.picture, width: sticker.view[0] as number, height: sticker.view[1] as number }
    if (look.frame) Object.assign(this, { frameColour: look.frame.colour, frameWidth: look.frame.width * 100 })
    for (const shade of SHADES) this.shades[shade] = Math.round((look.colour?.[shade] ?? 0) * 100)
    if (booked.template === 'colour') Object.assign(this, { tint: look.colour?.tint?.colour ?? this.tint, tintShare: (look.colour?.tint?.share ?? 0) * 100 })
    if (!look.logo) return
    const { width, place, rain, face } = look.logo
    if (face) Object.assign(this, { spot: face.at, lift: Math.round(-(face.y ?? 0) * 100), size: Math.round((width * 100) / 3) })
    else if (rain) Object.assign(this, { where: 'falling', size: Math.round(width * 200) })
    else Object.assign(this, { where: WHERES.find((one) => one !== 'falling' && PLACES[one].x === place?.x && PLACES[one].y === place.y) ?? 'middle', size: Math.round(width * 100) })
  }
}
