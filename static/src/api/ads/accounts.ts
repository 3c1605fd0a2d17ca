/** Advertisers: their accounts, members and money. */
import { query } from '../http'
import { send, type Answer, type Body, type Item } from '../operation'

export type Account = Item<'/api/ads/advertisers'>
export type NewAccount = Body<'post', '/api/ads/advertisers'>
export type Balance = Answer<'get', '/api/ads/advertisers/{advertiser}/balance'>
export type TopUp = Item<'/api/ads/advertisers/{advertiser}/top-ups'>
export type Quote = Answer<'get', '/api/ads/quote'>
export type Member = Item<'/api/ads/advertisers/{advertiser}/members'>
export type Invitation = Item<'/api/ads/invitations'>
export type Role = Member['role']
export type AccountEdit = Body<'put', '/api/ads/advertisers/{advertiser}'>
export type Billing = Answer<'get', '/api/ads/advertisers/{advertiser}/billing'>
export type Document = Item<'/api/ads/advertisers/{advertiser}/documents'>
export type Statement = Answer<'get', '/api/ads/advertisers/{advertiser}/statements/{month}'>

const of = (advertiser: string) => ({ path: { advertiser } })

export const accounts = async (): Promise<Account[]> => (await send('get', '/api/ads/advertisers')).items
export const openAccount = (body: NewAccount) => send('post', '/api/ads/advertisers', { body })
export const balance = (advertiser: string) => send('get', '/api/ads/advertisers/{advertiser}/balance', of(advertiser))
export const topUps = (advertiser: string, cursor: string | null) =>
  send('get', '/api/ads/advertisers/{advertiser}/top-ups', { ...of(advertiser), query: { cursor } })
/** What paying so much in costs, with its VAT. Without an advertiser: for one in that country. */
export const quote = (amount_minor: number, advertiser: string, country: string, signal: AbortSignal) =>
  send('get', '/api/ads/quote', { query: { amount_minor, advertiser, country: advertiser ? '' : country }, signal })
/** `key` makes a retry harmless. `total_minor`: what was shown. */
export const payIn = (advertiser: string, amount_minor: number, total_minor: number, key: string) =>
  send('post', '/api/ads/advertisers/{advertiser}/top-ups', { ...of(advertiser), body: { amount_minor, total_minor }, headers: { 'Idempotency-Key': key } })
export const payBack = (advertiser: string, id: string, amount_minor: number, key: string) =>
  send('post', '/api/ads/advertisers/{advertiser}/top-ups/{id}/refunds', {
    path: { advertiser, id },
    body: { amount_minor },
    headers: { 'Idempotency-Key': key },
  })
export const members = async (advertiser: string): Promise<Member[]> =>
  (await send('get', '/api/ads/advertisers/{advertiser}/members', of(advertiser))).items
export const setMember = async (advertiser: string, handle: string, role: Role): Promise<Member[]> =>
  (await send('put', '/api/ads/advertisers/{advertiser}/members/{handle}', { path: { advertiser, handle }, body: { role } })).items
export const removeMember = (advertiser: string, handle: string) =>
  send('delete', '/api/ads/advertisers/{advertiser}/members/{handle}', { path: { advertiser, handle } })
export const invitations = async (): Promise<Invitation[]> => (await send('get', '/api/ads/invitations')).items
export const acceptInvitation = (advertiser: string) => send('put', '/api/ads/invitations/{advertiser}', of(advertiser))
export const declineInvitation = (advertiser: string) => send('delete', '/api/ads/invitations/{advertiser}', of(advertiser))

export const editAccount = (advertiser: string, body: AccountEdit) => send('put', '/api/ads/advertisers/{advertiser}', { ...of(advertiser), body })
export const billing = (advertiser: string) => send('get', '/api/ads/advertisers/{advertiser}/billing', of(advertiser))
export const setBilling = (advertiser: string, body: Billing) => send('put', '/api/ads/advertisers/{advertiser}/billing', { ...of(advertiser), body })
export const documents = (advertiser: string, cursor: string | null) =>
  send('get', '/api/ads/advertisers/{advertiser}/documents', { ...of(advertiser), query: { cursor } })
export const statement = (advertiser: string, month: string) =>
  send('get', '/api/ads/advertisers/{advertiser}/statements/{month}', { path: { advertiser, month } })
const file = (advertiser: string, path: string, language: string) => query(`/api/ads/advertisers/${encodeURIComponent(advertiser)}/${path}/pdf`, { language })
export const documentPdf = (advertiser: string, number: string, language: string) => file(advertiser, `documents/${encodeURIComponent(number)}`, language)
export const statementPdf = (advertiser: string, month: string, language: string) => file(advertiser, `statements/${month}`, language)
