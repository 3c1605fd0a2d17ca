import type { Preferred } from '../../rtc/layers'
import { recall, remember } from './memory'

export type Theme = 'dark' | 'light'

const lightScheme = matchMedia('(prefers-color-scheme: light)')

function chosenTheme(): Theme | null {
  const chosen = recall('theme')
  return chosen === 'light' || chosen === 'dark' ? chosen : null
}

class Settings {
  /** What the person chose; until then the system's own scheme, also when it changes. */
  #chosen = $state<Theme | null>(chosenTheme())
  #system = $state<Theme>(lightScheme.matches ? 'light' : 'dark')
  /** Videos and rooms are silent until the person turns sound on. */
  sound = $state(recall('sound') === 'on')
  /** The person has turned it on or off: a tap on a video no longer does. */
  soundChosen = $state(recall('sound') !== null)
  /** The quality of live pictures on this device. */
  quality = $state<Preferred>(Number(recall('quality')) || 'auto')

  constructor() {
    this.#applyTheme()
    lightScheme.addEventListener('change', () => {
      this.#system = lightScheme.matches ? 'light' : 'dark'
      this.#applyTheme()
    })
  }

  get theme(): Theme {
    return this.#chosen ?? this.#system
  }

  get chosenTheme(): Theme | 'system' {
    return this.#chosen ?? 'system'
  }

  setTheme(theme: Theme | 'system'): void {
    this.#chosen = theme === 'system' ? null : theme
    remember('theme', this.#chosen)
    this.#applyTheme()
  }

  setSound(on: boolean): void {
    this.sound = on
    this.soundChosen = true
    remember('sound', on ? 'on' : 'off')
  }

  setQuality(quality: Preferred): void {
    this.quality = quality
    remember('quality', String(quality))
  }

  #applyTheme(): void {
    const root = document.documentElement
    root.dataset.theme = this.theme
    // The browser's own bars get the colour of the ground.
    const ground = getComputedStyle(root).getPropertyValue('--ground').trim()
    document.querySelector('meta[name=theme-color]')?.setAttribute('content', ground)
  }
}

export const settings = new Settings()
export const calmMotion = matchMedia('(prefers-reduced-motion: reduce)')
