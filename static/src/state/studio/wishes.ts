/** What the streamer chose last time: devices, quality, orientation. Remembered by this browser. */
import type { Wanted } from '../../rtc/devices'
import { recall, remember } from '../site/memory'

const STANDARD: Wanted = { source: 'camera', camera: '', microphone: '', facing: 'user', quality: 720, orientation: 'portrait', qualities: 'auto' }

/** Always the camera: browsers ask before every screen share, so we never start one unasked. */
export function recallWishes(): Wanted {
  try {
    return { ...STANDARD, ...(JSON.parse(recall('studio') ?? '{}') as Partial<Wanted>), source: 'camera' }
  } catch {
    return STANDARD
  }
}

export function rememberWishes(wanted: Wanted): void {
  remember('studio', JSON.stringify({ ...wanted, source: 'camera' }))
}
