/** How many gifts one gesture can send. Small gifts make combos; dear ones are confirmed, one at a time. */
import type { Gift, Pack } from '../../api/money'

/** Dearer gifts make no combos, and the server accepts only one of them in a message. */
export const COMBO_GIFT_COINS_MAX = 99
/** One hold sends at most so many gifts, and gifts worth so many coins. */
export const HOLD_COUNT_MAX = 50
export const HOLD_COINS_MAX = 500
/** So long a dear gift can be undone before it is sent. */
export const UNDO_S = 4

export const makesCombos = (gift: Gift) => gift.coins <= COMBO_GIFT_COINS_MAX

/** How many one hold sends; 0: holding does nothing. */
export function holdMax(gift: Gift): number {
  return makesCombos(gift) ? Math.min(HOLD_COUNT_MAX, Math.floor(HOLD_COINS_MAX / gift.coins)) : 0
}

/** The packs that are enough for a gift, by name. */
export function covering(packs: readonly Pack[], gift: Gift, coins: number): Set<string> {
  return new Set(packs.filter((pack) => coins + pack.coins >= gift.coins).map((pack) => pack.pack))
}
