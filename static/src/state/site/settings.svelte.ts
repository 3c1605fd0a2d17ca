import type { Preferred } from '../../rtc/layers'
import { recall, remember } from './memory'

export type Theme = 'dark' | 'light'
const GROUND: Record<Theme, string> = { dark: '#0e0b14', light: '#fbf7f9' }

class Settings {
  theme = $state<Theme>(recall('theme') === 'light' ? 'light' : 'dark')
  /** Sound is off until somebody asks for it. */
  sound = $state(recall('sound') === 'on')
  /** How good a live picture this device wants. */
  quality = $state<Preferred>(Number(recall('quality')) || 'auto')

  constructor() {
    this.#applyTheme()
  }

  setTheme(theme: Theme): void {
    this.theme = theme
    remember('theme', theme)
    this.#applyTheme()
  }

  setSound(on: boolean): void {
    this.sound = on
    remember('sound', on ? 'on' : 'off')
  }

  setQuality(quality: Preferred): void {
    this.quality = quality
    remember('quality', String(quality))
  }

  #applyTheme(): void {
    document.documentElement.dataset.theme = this.theme
    document.querySelector('meta[name=theme-color]')?.setAttribute('content', GROUND[this.theme])
  }
}

export const settings = new Settings()
export const calmMotion = matchMedia('(prefers-reduced-motion: reduce)')
