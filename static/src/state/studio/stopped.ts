import { ownDecisions, type Statement } from '../../api/moderation/cases'
import type { Room } from '../../api/rooms'

/** The moderators' decision that ended a room, or forbade its host to go live meanwhile; null: it ended otherwise. */
export async function whatStopped(room: Room): Promise<Statement | null> {
  const since = room.started_at ?? room.created_at
  const ends = (one: Statement) =>
    one.content === 'hide' && one.page === `/room/${room.id}` ? true : one.at >= since && (one.measure === 'live' || one.measure === 'account')
  try {
    return (await ownDecisions(null)).items.find((one) => one.state !== 'reversed' && ends(one)) ?? null
  } catch {
    return null // the inbox has it as well
  }
}
