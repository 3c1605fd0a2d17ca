/** Where in the site the person is; the only code that touches `history`. */
class Place {
  path = $state(location.pathname)
  search = $state(location.search)

  constructor() {
    addEventListener('popstate', () => this.#read())
    document.addEventListener('click', (event) => this.#followLink(event))
  }

  get here(): string {
    return this.path + this.search
  }

  go(to: string, { replace = false } = {}): void {
    if (to === this.here) return
    history[replace ? 'replaceState' : 'pushState'](null, '', to)
    this.#read()
  }

  back(otherwise = '/'): void {
    if (history.length > 1) history.back()
    else this.go(otherwise, { replace: true })
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

export const place = new Place()
