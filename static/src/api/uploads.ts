/** Resumable uploads (tus 1.0). */
import { DetailedError, Upload } from 'tus-js-client'
import { Problem } from './problem'
import type { Visibility } from './videos'

export const UPLOAD_BYTES_MAX = 512 * 1024 * 1024
const CHUNK_BYTES = 8 * 1024 * 1024

export interface UploadCalls {
  progress(sent: number, total: number): void
  done(video: string): void
  failed(problem: Problem): void
}

/** The transfer of one file. It resumes an earlier transfer of the same file, even one from before a reload. */
export class Transfer {
  readonly #upload: Upload
  readonly #sound: string | null
  readonly #effect: string | null
  #video = ''

  /** `sound`: the id of the one to use in place of the file's own; `effect`: of the sponsored one that it has. */
  constructor(file: File, caption: string, visibility: Visibility, sound: string | null, effect: string | null, calls: UploadCalls) {
    this.#sound = sound
    this.#effect = effect
    this.#upload = new Upload(file, {
      endpoint: '/api/uploads',
      chunkSize: CHUNK_BYTES,
      retryDelays: [0, 1000, 3000, 5000, 10000, 20000],
      removeFingerprintOnSuccess: true,
      metadata: { filename: file.name, caption, visibility, ...(sound ? { sound } : {}), ...(effect ? { effect } : {}) },
      onAfterResponse: (_request, response) => {
        this.#video = response.getHeader('Cadeau-Video') ?? this.#video
      },
      onProgress: (sent, total) => calls.progress(sent, total),
      onSuccess: () => calls.done(this.#video),
      onError: (error) => calls.failed(problemOf(error)),
    })
  }

  /** Resolves to true when it resumes an unfinished upload of this file. */
  async start(): Promise<boolean> {
    const all = await this.#upload.findPreviousUploads()
    const earlier = all.find((one) => (one.metadata.sound || null) === this.#sound && (one.metadata.effect || null) === this.#effect)
    if (earlier) this.#upload.resumeFromPreviousUpload(earlier)
    this.#upload.start()
    return earlier !== undefined
  }

  resume(): void {
    this.#upload.start()
  }

  pause(): Promise<void> {
    return this.#upload.abort()
  }

  discard(): Promise<void> {
    return this.#upload.abort(true)
  }
}

function problemOf(error: Error): Problem {
  if (!(error instanceof DetailedError)) return Problem.from(error)
  const response = error.originalResponse
  if (!response) return new Problem('offline', error.message)
  try {
    const body = JSON.parse(response.getBody()) as { code?: string; detail?: string }
    return new Problem(body.code ?? `http_${response.getStatus()}`, body.detail ?? '', response.getStatus())
  } catch {
    return new Problem(`http_${response.getStatus()}`, error.message, response.getStatus())
  }
}
