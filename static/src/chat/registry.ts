/** All kinds of room events a client knows. An event of a kind it does not know changes nothing. */
import type { Durable, Kind, RoomChanges, Shown, Words } from './kind'
import type { Line } from './line'

export class Kinds {
  readonly #byType: ReadonlyMap<string, Kind>

  constructor(kinds: readonly Kind[]) {
    this.#byType = new Map(kinds.map((kind) => [kind.type, kind]))
  }

  knows(type: string): boolean {
    return this.#byType.has(type)
  }

  changeRoom(room: RoomChanges, event: Durable, isNew: boolean): void {
    this.#byType.get(event.type)?.changeRoom?.(room, event, isNew)
  }

  changeLines(lines: Line[], event: Durable): Line[] {
    return this.#byType.get(event.type)?.changeLines?.(lines, event) ?? lines
  }

  show(line: Line, words: Words): Shown {
    return this.#byType.get(line.type)?.show?.(line, words) ?? { text: line.text }
  }
}
