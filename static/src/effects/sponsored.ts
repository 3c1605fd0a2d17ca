/** Effects that somebody pays for, ready to be drawn. */
import { offered, type EffectFile, type OfferedEffect } from '../api/ads/effects'
import type { Effect, Sponsor, Sticker } from './effect'

/** Those that are offered now. None where they cannot be read: the others work without them. */
export async function sponsoredEffects(): Promise<Effect[]> {
  try {
    const made = await Promise.all((await offered()).map((one) => sponsored(one).catch(() => null)))
    return made.filter((one) => one !== null)
  } catch {
    return []
  }
}

const sponsored = ({ file, sponsor, paid_by }: OfferedEffect): Promise<Effect> => drawable(file, { name: sponsor, paidBy: paid_by })

/** A server's file with its pictures. Rejects where one does not load. */
export async function drawable(file: EffectFile, sponsor?: Sponsor): Promise<Effect> {
  const stickers = await Promise.all(
    (file.stickers ?? []).map(async ({ picture, view, ...sticker }) => ({ ...sticker, view: [view[0], view[1]], shapes: [], picture: await loaded(picture) }) as Sticker),
  )
  const { id, name, colour, frame } = file
  return { id, name: { en: name.en ?? '', fr: name.fr ?? '' }, ...(sponsor ? { sponsor } : {}), ...(colour ? { colour: colour as NonNullable<Effect['colour']> } : {}), ...(frame ? { frame } : {}), stickers }
}

export async function loaded(address: string): Promise<HTMLImageElement> {
  const image = new Image()
  image.src = address
  await image.decode()
  return image
}
