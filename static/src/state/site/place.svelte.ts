/** Something over the page, such as a sheet, that Back closes. */
interface Layer {
  close: () => void
}

/** The current address, and what is open over its page. The only code that uses `history`. */
class Place {
  path = $state(location.pathname)
  search = $state(location.search)
  #layers: Layer[] = []
  /** Entries of closed layers are being left. */
  #unwinding = false
  /** Where to go once they are left. */
  #next: (() => void) | null = null

  constructor() {
    // After a reload nothing is open.
    if (depth() > 0) history.replaceState({ from: from() }, '')
    addEventListener('popstate', () => this.#onPop())
    document.addEventListener('click', (event) => this.#followLink(event))
  }

  get here(): string {
    return this.path + this.search
  }

  /** The path of the page whose link led here; empty if it was not one of ours. */
  get from(): string {
    return from()
  }

  /** From a sheet, the new page takes the place of the sheet's entry. */
  go(to: string, { replace = false } = {}): void {
    if (to === this.here) return
    if (this.#unwinding) {
      this.#next = () => this.go(to, { replace })
      return
    }
    history[replace || depth() > 0 ? 'replaceState' : 'pushState']({ from: replace ? from() : this.path }, '', to)
    this.#read()
  }

  /** Opens a layer: Back calls `close`. Call the returned function when it is closed in another way. */
  open(close: () => void): () => void {
    const layer: Layer = { close }
    this.#layers.push(layer)
    if (!this.#unwinding) this.#enter()
    return () => {
      this.#layers = this.#layers.filter((one) => one !== layer)
      // Later, because the next layer or page often opens in the same moment, and takes over the entry.
      setTimeout(() => this.#unwind())
    }
  }

  back(otherwise = '/'): void {
    if (history.length > 1) history.back()
    else this.go(otherwise, { replace: true })
  }

  /** Gives every layer an entry. */
  #enter(): void {
    while (depth() < this.#layers.length) history.pushState({ depth: depth() + 1, from: from() }, '')
  }
  #unwind(): void {
    const left = depth() - this.#layers.length
    if (left <= 0 || this.#unwinding) return
    this.#unwinding = true
    history.go(-left)
  }
  #onPop(): void {
    this.#read()
    const unwound = this.#unwinding
    this.#unwinding = false
    if (unwound) {
      this.#enter()
      this.#next?.()
      this.#next = null
      return
    }
    const closed = this.#layers.splice(depth()).reverse()
    for (const layer of closed) layer.close()
  }

  #read(): void {
    this.path = location.pathname
    this.search = location.search
  }

  #followLink(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = (event.target as Element | null)?.closest?.('a')
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
    if (/^\/(api|media|assets)\//.test(link.pathname) || (link.hash && link.pathname === location.pathname)) return
    event.preventDefault()
    this.go(link.pathname + link.search)
  }
}

interface Entry {
  depth?: number
  from?: string
}
const entry = () => history.state as Entry | null
/** How many layers the current entry of the history has. */
const depth = () => entry()?.depth ?? 0
const from = () => entry()?.from ?? ''

export const place = new Place()
