/** A campaign that is changed: what of it is typed anew, and what has to be reviewed again. */
import type { Campaign, CampaignEdit } from '../../api/ads/campaigns'
import { typing } from './amounts'
import { Booking, DEVICES, hoursBetween, type Device } from './booking.svelte'

/** The form of a new campaign, filled in with one that there is. */
export function bookingOf(campaign: Campaign): Booking {
  const booking = new Booking()
  const { targets, caps } = campaign
  booking.name = campaign.name
  booking.category = campaign.category
  if (campaign.pricing !== 'day') booking.pricing = campaign.pricing // days of a takeover are not edited
  booking.bid = typing(campaign.bid_micro)
  booking.total = typing(campaign.budget_micro)
  booking.day = campaign.day_micro === null ? '' : typing(campaign.day_micro)
  booking.starts = campaign.starts_on
  booking.ends = campaign.ends_on
  booking.capDay = caps.day === null ? '' : String(caps.day)
  booking.hashtags = targets.hashtags.map((tag) => `#${tag}`).join(' ')
  booking.languages = [...targets.languages]
  booking.countries = [...targets.countries]
  booking.zones = [...targets.zones]
  booking.challenge = campaign.challenge
  if (campaign.format === 'promoted') booking.format = 'promoted' // it stays in the feed
  booking.devices = targets.devices.length > 0 ? ([...targets.devices] as Device[]) : [...DEVICES]
  const [from, to] = spanOf(targets.hours)
  booking.fromHour = from
  booking.toHour = to
  return booking
}

/** The two hours that a set of hours lies between; midnight twice, for all day or for what is no span. */
export function spanOf(hours: readonly number[]): [number, number] {
  const there = new Set(hours)
  const from = hours.find((hour) => !there.has((hour + 23) % 24))
  if (from === undefined) return [0, 0]
  const to = (from + there.size) % 24
  return hoursBetween(from, to).every((hour) => there.has(hour)) ? [from, to] : [0, 0]
}

/** Whether what a reviewer judges an ad by is changed. */
export const isReviewedAgain = (campaign: Campaign, booking: Booking): boolean =>
  campaign.state !== 'draft' && (booking.category !== campaign.category || booking.pricing !== campaign.pricing)

/** What is sent; null while an amount is not one. Targets that the form does not show stay. */
export function editOf(campaign: Campaign, booking: Booking, zone: string): CampaignEdit | null {
  const asked = booking.request(zone)
  if (!asked) return null
  const { targets, zone: _zone, objective, pricing, starts_on, bid_micro, total_micro, day_micro, ...terms } = asked
  const before = bookingOf(campaign)
  const kept = spanOf(campaign.targets.hours).join() === [booking.fromHour, booking.toHour].join()
  return {
    ...terms,
    name: booking.name.trim() || campaign.name,
    caps: { day: terms.caps?.day ?? null, total: campaign.caps.total },
    targets: {
      hashtags: targets?.hashtags ?? [],
      sounds: campaign.targets.sounds,
      languages: targets?.languages ?? [],
      countries: targets?.countries ?? [],
      hours: kept ? campaign.targets.hours : (targets?.hours ?? []),
      devices: targets?.devices ?? [],
      zones: targets?.zones ?? campaign.targets.zones,
    },
    ...(starts_on !== campaign.starts_on ? { starts_on } : {}),
    // What was not typed anew stays to the millionth.
    ...(booking.bid !== before.bid ? { bid_micro } : {}),
    ...(booking.total !== before.total ? { total_micro } : {}),
    ...(booking.day !== before.day ? { day_micro } : {}),
    ...(zone !== campaign.zone ? { zone } : {}),
    ...(pricing !== campaign.pricing ? { pricing, objective } : {}),
  }
}
