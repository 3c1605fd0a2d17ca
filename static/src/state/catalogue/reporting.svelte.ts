/** Reports of this person: the one being written, and what is hidden since. */
import { SvelteMap } from 'svelte/reactivity'
import { ownReports, withdrawReport, type Subject } from '../../api/catalogue/reports'
import { i18n } from '../../i18n/index.svelte'
import { session } from '../people/session.svelte'
import { toasts } from '../site/toasts.svelte'

const keyOf = ({ kind, id }: Subject) => `${kind} ${id}`

class Reporting {
  /** What the sheet is open for. */
  subject = $state<Subject | null>(null)
  /** Ids of reports by what they are about. */
  #loaded = ''
  readonly #made = new SvelteMap<string, string>()

  /** Opens the sheet, for somebody who is signed in. */
  ask(subject: Subject): void {
    if (session.allows('report')) this.subject = subject
  }

  note(subject: Subject, report: string): void {
    this.#made.set(keyOf(subject), report)
  }

  /** Reads what this person has reported in rooms: the server sends every line to everybody. */
  async load(person: string): Promise<void> {
    if (this.#loaded === person) return
    if (this.#loaded) this.#made.clear()
    this.#loaded = person
    try {
      for (const kind of ['line', 'person'] as const) {
        for (const one of (await ownReports(kind, null)).items) this.note(one.subject, one.id)
      }
    } catch (error) {
      this.#loaded = ''
      toasts.problem(error)
    }
  }

  /** Whether this was reported since the page was loaded. What was reported before, the server leaves out. */
  hides(kind: Subject['kind'], id: string): boolean {
    return this.#made.has(keyOf({ kind, id }))
  }

  async undo(kind: Subject['kind'], id: string): Promise<void> {
    const key = keyOf({ kind, id })
    const report = this.#made.get(key)
    if (!report) return
    this.#made.delete(key)
    try {
      await withdrawReport(report)
      toasts.say(i18n.t.reporting.undone)
    } catch (error) {
      this.#made.set(key, report)
      toasts.problem(error)
    }
  }
}

export const reporting = new Reporting()
