/**
 * What a press may do. A view that changes under a finger puts another button there, and lifting the finger presses
 * it: a gift that was held bought coins that way. So views change once nothing is pressed, and money moves only by a
 * tap that began on the same button, after people could see it.
 */
import type { Attachment } from 'svelte/attachments'

/** A button that moves money is disabled for so long after it appears. */
const SHOWN_MS_MIN = 400
/** A longer press is a hold, and not a tap. */
const TAP_MS_MAX = 1500
/** Browsers send the click of a touch after the finger is up. */
const CLICK_MS = 60

/** Mice and pens that are down. Fingers are counted by `touches`, which goes on while a finger scrolls. */
const pointers = new Set<number>()
let fingers = 0
let waiting: (() => void)[] = []
let timer = 0

const pressed = () => fingers > 0 || pointers.size > 0

/** Calls back once no finger and no button is down: at once if none is. */
export function whenReleased(change: () => void): void {
  if (!pressed() && waiting.length === 0) return change()
  waiting.push(change)
  released()
}

function released(): void {
  clearTimeout(timer)
  if (pressed() || waiting.length === 0) return
  timer = window.setTimeout(() => {
    const changes = waiting
    waiting = []
    for (const change of changes) change()
  }, CLICK_MS)
}

function down({ pointerId, pointerType }: PointerEvent): void {
  if (pointerType !== 'touch') pointers.add(pointerId)
  clearTimeout(timer)
}
function up({ pointerId }: PointerEvent): void {
  pointers.delete(pointerId)
  released()
}
function touched({ touches }: TouchEvent): void {
  fingers = touches.length
  released()
}
function lost(): void {
  pointers.clear()
  fingers = 0
  released()
}

if (typeof window !== 'undefined') {
  const options = { capture: true, passive: true }
  addEventListener('pointerdown', down, options)
  addEventListener('pointerup', up, options)
  addEventListener('pointercancel', up, options)
  for (const name of ['touchstart', 'touchend', 'touchcancel'] as const) addEventListener(name, touched, options)
  // Their ends are not reported to a window that has lost the focus.
  addEventListener('blur', lost)
}

/**
 * For buttons that move money: calls `act` for a fresh tap, and for a key press that is not a repeated one.
 *
 * A button that has just appeared is disabled at first, and for longer while presses go on: those of somebody who taps
 * quickly were meant for what was there before.
 */
export function onFreshTap(act: () => void): Attachment<HTMLElement> {
  return (node) => {
    let settled = false
    let settling = 0
    let began: number | null = null
    const settle = () => {
      if (settled) return
      clearTimeout(settling)
      node.setAttribute('aria-disabled', 'true')
      settling = window.setTimeout(() => {
        settled = true
        node.removeAttribute('aria-disabled')
      }, SHOWN_MS_MIN)
    }
    const begin = (event: PointerEvent) => (began = settled && event.isPrimary ? event.timeStamp : null)
    const forget = () => (began = null)
    const click = (event: MouseEvent) => {
      // Keys and assistive programs press without a pointer.
      const fresh = began === null ? event.detail === 0 : event.timeStamp - began <= TAP_MS_MAX
      began = null
      if (settled && fresh) act()
    }
    const key = (event: KeyboardEvent) => event.repeat && event.preventDefault()
    settle()
    addEventListener('pointerdown', settle)
    node.addEventListener('pointerdown', begin)
    node.addEventListener('pointercancel', forget)
    node.addEventListener('click', click)
    node.addEventListener('keydown', key)
    return () => {
      clearTimeout(settling)
      removeEventListener('pointerdown', settle)
      node.removeEventListener('pointerdown', begin)
      node.removeEventListener('pointercancel', forget)
      node.removeEventListener('click', click)
      node.removeEventListener('keydown', key)
    }
  }
}
