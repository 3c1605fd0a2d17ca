/** Tabs of this browser tell each other which room they publish. */
const CHANNEL = 'cadeau.studio'
type Message = { ask: true } | { live: string }

export class Tabs {
  readonly #channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL)

  /** `live`: the room that this tab publishes; `found`: another tab publishes a room. */
  constructor(live: () => string | null, found: (room: string) => void) {
    if (!this.#channel) return
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => {
      const mine = live()
      if ('live' in data) found(data.live)
      else if (mine) this.#channel?.postMessage({ live: mine } satisfies Message)
    }
  }

  ask(): void {
    this.#channel?.postMessage({ ask: true } satisfies Message)
  }
}
