/** The feed's experiment, read again while it runs and the page is open. */
import * as api from '../../api/experiment'
import { Problem } from '../../api/problem'

const EVERY_MS = 15_000

export class ExperimentState {
  page = $state.raw<api.ExperimentPage | null>(null)
  problem = $state<Problem | null>(null)
  /** Something is being started or stopped. */
  changing = $state(false)
  readonly running = $derived(Boolean(this.page?.experiment && this.page.experiment.stopped_at === null))

  /** Starts reading. Call the returned function to stop. */
  open(): () => void {
    const stop = new AbortController()
    void this.read(stop.signal)
    const timer = setInterval(() => {
      if (this.running && !document.hidden && !this.changing) void this.read(stop.signal)
    }, EVERY_MS)
    return () => {
      clearInterval(timer)
      stop.abort()
    }
  }

  async read(signal?: AbortSignal): Promise<void> {
    try {
      const page = await api.experiment(signal)
      if (this.changing) return // what comes of that is newer
      this.page = page
      this.problem = null
    } catch (error) {
      const problem = Problem.from(error)
      if (problem.code !== 'aborted') this.problem = problem
    }
  }

  /** Throws what the server says against it. */
  async start(wanted: api.NewExperiment): Promise<void> {
    await this.#change(async () => {
      const experiment = await api.startExperiment(wanted)
      this.page = { rankers: this.page?.rankers ?? [], experiment }
    })
  }

  /** Throws what the server says against it. */
  async stop(): Promise<void> {
    await this.#change(async () => (this.page = await api.stopExperiment()))
  }

  async #change(act: () => Promise<unknown>): Promise<void> {
    this.changing = true
    try {
      await act()
    } finally {
      this.changing = false
    }
  }
}
