import type { EventOf, Kind } from '../kind'
import { append, replaceLast, type Line } from '../line'

/** Somebody gave a gift, `count` times. `coins`: in all; `combo`: how many of it in a row by now. */
export type Gifted = EventOf<'gifted'>

interface GiftLine extends Line {
  gift: string
  count: number
}
const isGiftLine = (line: Line | undefined): line is GiftLine => line?.type === 'gifted'

export const gifted: Kind<Gifted, GiftLine> = {
  type: 'gifted',
  changeRoom(room, event, isNew) {
    if (isNew) room.celebrate(event)
  },
  /** The same gift from the same person again counts in the line that is there. */
  changeLines(lines, { type, seq, by, gift, count }) {
    const line: GiftLine = { key: seq, seq, type, by, text: '', gift, count }
    const last = lines.at(-1)
    if (!isGiftLine(last) || last.gift !== gift || last.by?.id !== by?.id) return append(lines, line)
    return replaceLast(lines, { ...line, key: last.key, count: last.count + count } as GiftLine)
  },
  show: ({ gift, count }, { t, number, giftName }) => ({ text: t.room.sentGift(giftName(gift), number(count)), gift }),
}
