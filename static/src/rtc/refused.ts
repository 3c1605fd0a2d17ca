/** Where people allow the camera, which depends on device and browser. */
export type Place = 'system' | 'iphone' | 'android' | 'firefox' | 'safari' | 'chromium' | 'browser'

/** `message`: of the browser's refusal. It tells when the system refuses, and not the site's own permission. */
export function whereToAllow(userAgent: string, touchPoints: number, message: string): Place {
  if (/iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1)) return 'iphone'
  if (/by system|system denied/i.test(message)) return 'system'
  if (/Android/.test(userAgent)) return 'android'
  if (/Firefox\//.test(userAgent)) return 'firefox'
  if (/Chrome\/|Chromium\//.test(userAgent)) return 'chromium'
  return /Safari\//.test(userAgent) ? 'safari' : 'browser'
}
