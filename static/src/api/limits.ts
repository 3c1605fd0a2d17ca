/**
 * The server's limits on what people write, in Unicode characters. tests/cadeau/test_client_limits.py compares them
 * with the server's own constants.
 */
export const NAME_CHARS_MAX = 40
export const BIO_CHARS_MAX = 200
export const TITLE_CHARS_MAX = 100
export const CAPTION_CHARS_MAX = 500
export const COMMENT_CHARS_MAX = 500
export const COLLECTION_NAME_CHARS_MAX = 60
export const REPORT_TEXT_CHARS_MAX = 1000
export const SOUND_TITLE_CHARS_MAX = 100
export const CHAT_TEXT_CHARS_MAX = 300
export const QUERY_CHARS_MAX = 200
export const REFUND_NOTE_CHARS_MAX = 500
export const SIGNAL_NOTE_CHARS_MAX = 500
export const LEGAL_NAME_CHARS_MAX = 140
export const HOLDER_CHARS_MAX = 70
export const DETAILS_CHARS_MAX = 200
export const REASON_CHARS_MAX = 200
export const HANDLE_CHARS_MIN = 3
export const HANDLE_CHARS_MAX = 24
export const PASSWORD_CHARS_MIN = 8
export const PASSWORD_CHARS_MAX = 256

/** How many characters the server counts. A string's own length counts most emoji twice. */
export const charsIn = (text: string): number => [...text].length

/** What a person typed as a handle, as the server knows it. */
export const tidyHandle = (typed: string): string => typed.trim().toLowerCase().replace(/^@/, '')

const HANDLE = new RegExp(`^[a-z][a-z0-9_.]{${HANDLE_CHARS_MIN - 1},${HANDLE_CHARS_MAX - 1}}$`)
export const isHandle = (handle: string): boolean => HANDLE.test(handle)
