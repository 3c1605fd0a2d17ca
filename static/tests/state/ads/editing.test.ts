import { expect, test } from 'vitest'
import type { Campaign } from '../../../src/api/ads/campaigns'
import { bookingOf, editOf, isReviewedAgain, spanOf } from '../../../src/state/ads/editing'

const campaign = {
  id: 'c', name: 'Opening', category: 'food', objective: 'views', pricing: 'cpm', bid_micro: 1_234_567, budget_micro: 20_000_000, day_micro: null,
  zone: 'Europe/Paris', starts_on: '2026-11-29', ends_on: '2026-12-05', caps: { day: 3, total: 9 }, state: 'running',
  targets: { hashtags: ['bread'], sounds: ['s'], languages: ['fr'], countries: [], hours: [22, 23, 0, 1], devices: [], zones: ['feed'] },
} as unknown as Campaign

test.each([
  [[], [0, 0]],
  [[7, 8, 9], [7, 10]],
  [[0, 1, 22, 23], [22, 2]],
  [[7, 9], [0, 0]],
])('the hours %j are the span %j', (hours, span) => expect(spanOf(hours)).toEqual(span))

test('what was not changed is not sent, or stays as it is', () => {
  const edit = editOf(campaign, bookingOf(campaign), 'Europe/Paris')
  expect(edit).toEqual({
    name: 'Opening', category: 'food', ends_on: '2026-12-05', caps: { day: 3, total: 9 },
    targets: { hashtags: ['#bread'], sounds: ['s'], languages: ['fr'], countries: [], hours: [22, 23, 0, 1], devices: [], zones: ['feed'] },
  })
})

test('what was changed is sent', () => {
  const booking = bookingOf(campaign)
  booking.bid = '2,50'
  booking.total = '30'
  booking.day = '5'
  booking.fromHour = 8
  booking.toHour = 10
  booking.ends = '2026-12-09'
  expect(editOf(campaign, booking, 'Europe/Berlin')).toMatchObject({
    bid_micro: 2_500_000, total_micro: 30_000_000, day_micro: 5_000_000, ends_on: '2026-12-09', zone: 'Europe/Berlin', targets: { hours: [8, 9] },
  })
  booking.total = 'much'
  expect(editOf(campaign, booking, 'Europe/Berlin')).toBeNull()
})

test('another category, and paying for something else, is reviewed again', () => {
  const booking = bookingOf(campaign)
  booking.bid = '3'
  expect(isReviewedAgain(campaign, booking)).toBe(false)
  booking.category = 'music'
  expect(isReviewedAgain(campaign, booking)).toBe(true)
  booking.category = 'food'
  booking.pricing = 'cpc'
  expect(isReviewedAgain(campaign, booking)).toBe(true)
  expect(isReviewedAgain({ ...campaign, state: 'draft' } as Campaign, booking)).toBe(false)
  expect(editOf(campaign, booking, 'Europe/Paris')).toMatchObject({ pricing: 'cpc', objective: 'clicks' })
})
