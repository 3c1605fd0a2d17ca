/** A new advertiser's account as it is typed. */
export interface AccountDraft {
  name: string
  payer: string
  country: string
  zone: string
}

const ZONE = /\/|^UTC$/

/** Begins with what the browser knows. */
export function accountDraft(): AccountDraft {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const region = new Intl.Locale(navigator.language).region ?? 'FR'
  return { name: '', payer: '', country: region, zone: ZONE.test(zone) ? zone : 'UTC' }
}
