/** The field of a form that a refusal is about, where its code says so. */
const FIELDS: Record<string, string> = { bad_handle: 'handle', handle_taken: 'handle', too_young: 'birthdate', wrong_credentials: 'password', wrong_code: 'code', second_factor_needed: 'code', password_too_common: 'password', handle_reserved: 'handle' }

/** Any failure of a call. Programs look at `code` (docs/protocol.md). */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly retryAfterSeconds: number

  constructor(code: string, detail: string, status = 0, retryAfterSeconds = 0) {
    super(detail)
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.retryAfterSeconds = retryAfterSeconds
  }

  /** The field of the body that was refused; empty if it is about the whole. */
  get field(): string {
    return FIELDS[this.code] ?? /`\$\.(\w+)`/.exec(this.message)?.[1] ?? ''
  }

  static from(error: unknown): Problem {
    if (error instanceof Problem) return error
    const text = error instanceof Error ? error.message : String(error)
    return new Problem('unexpected', text)
  }

  static async read(response: Response): Promise<Problem> {
    const wait = Number(response.headers.get('Retry-After')) || 0
    try {
      const body = (await response.json()) as { code?: unknown; detail?: unknown; title?: unknown }
      const code = typeof body.code === 'string' ? body.code : `http_${response.status}`
      return new Problem(code, String(body.detail ?? body.title ?? ''), response.status, wait)
    } catch {
      return new Problem(`http_${response.status}`, response.statusText, response.status, wait)
    }
  }
}
