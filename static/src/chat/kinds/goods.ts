import type { Messages } from '../../i18n/en'
import type { EventOf, Kind, RoomChanges } from '../kind'
import { append, type Line } from '../line'

/** A product that is pinned in the room: one at a time. */
export type Pinned = EventOf<'pinned'>
export type Pin = Pinned['pin']
export type Sold = EventOf<'sold'>
interface SoldLine extends Line {
  count: number
  buyers: string[]
}

const FACT = 'pinned'
export const pinIn = (facts: ReadonlyMap<string, unknown>): Pin | null => (facts.get(FACT) as Pin | null | undefined) ?? null
export const setPinIn = (facts: Map<string, unknown>, pin: Pin | null) => void (pin ? facts.set(FACT, pin) : facts.delete(FACT))
/** How many can be bought now. */
export function setLeftIn(facts: Map<string, unknown>, pin: string, left: number): void {
  const shown = pinIn(facts)
  if (shown?.id === pin) setPinIn(facts, { ...shown, left })
}
const isShown = (room: RoomChanges, pin: string) => pinIn(room.facts)?.id === pin

export const pinned: Kind<Pinned> = {
  type: 'pinned',
  changeRoom: (room, { pin }, isNew) => isNew && setPinIn(room.facts, pin),
}
export const unpinned: Kind<EventOf<'unpinned'>> = {
  type: 'unpinned',
  changeRoom: (room, { pin }, isNew) => isNew && isShown(room, pin) && setPinIn(room.facts, null),
}
export const flashEnded: Kind<EventOf<'flash_ended'>> = {
  type: 'flash_ended',
  changeRoom(room, { pin }, isNew) {
    const shown = pinIn(room.facts)
    if (isNew && shown?.id === pin) setPinIn(room.facts, { ...shown, flash_prices: {}, flash_until: null })
  },
}
const words = (t: Messages, { count, buyers }: SoldLine, names: string, number: string) => (buyers.length === 0 ? t.goods.sold(count, number) : t.goods.bought(buyers.length, names, count, number))
export const sold: Kind<Sold, SoldLine> = {
  type: 'sold',
  changeRoom: (room, { pin, left }, isNew) => isNew && setLeftIn(room.facts, pin, left),
  changeLines(lines, { seq, type, by, count, buyers }) {
    const line: SoldLine = { key: seq, seq, type, by, text: '', count, buyers: buyers.map((one) => one.name || one.handle) }
    return append(lines, line)
  },
  show: (line, { t, number }) => ({ text: words(t, line, line.buyers.join(', '), number(line.count)), notice: true }),
}
