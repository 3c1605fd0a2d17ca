/** Campaigns, as their advertisers see them. */
import { send, type Answer, type Body, type Item } from '../operation'

export type Terms = Answer<'get', '/api/ads/terms'>
export type Campaign = Item<'/api/ads/campaigns'>
export type CampaignState = Campaign['state']
export type Creative = Campaign['creatives'][number]
export type Action = Creative['action']
export type NewCampaign = Body<'post', '/api/ads/campaigns'>
export type NewCreative = Body<'put', '/api/ads/creatives/{creative}'>
export type CampaignEdit = Body<'patch', '/api/ads/campaigns/{campaign}'>
export type ForecastRequest = Body<'post', '/api/ads/forecast'>
export type Forecast = Answer<'post', '/api/ads/forecast'>
export type Results = Answer<'get', '/api/ads/campaigns/{campaign}/results'>
export type Category = NewCampaign['category']

export const ACTIONS: readonly Action[] = ['learn_more', 'shop', 'order', 'book', 'visit', 'download', 'sign_up', 'watch']
export const MICRO = 1_000_000
export const MICRO_PER_MINOR = 10_000

const of = (campaign: string) => ({ path: { campaign } })

export const terms = () => send('get', '/api/ads/terms')
export const campaigns = (advertiser: string, cursor: string | null) => send('get', '/api/ads/campaigns', { query: { advertiser, cursor } })
export const campaign = (id: string, signal?: AbortSignal) => send('get', '/api/ads/campaigns/{campaign}', { ...of(id), signal })
export const createCampaign = (body: NewCampaign) => send('post', '/api/ads/campaigns', { body })
export const editCampaign = (id: string, body: CampaignEdit) => send('patch', '/api/ads/campaigns/{campaign}', { ...of(id), body })
export const submitCampaign = (id: string) => send('post', '/api/ads/campaigns/{campaign}/submit', of(id))
export const pauseCampaign = (id: string) => send('post', '/api/ads/campaigns/{campaign}/pause', of(id))
export const resumeCampaign = (id: string) => send('post', '/api/ads/campaigns/{campaign}/resume', of(id))
export const endCampaign = (id: string) => send('post', '/api/ads/campaigns/{campaign}/end', of(id))
export const results = (id: string) => send('get', '/api/ads/campaigns/{campaign}/results', of(id))
export const RESULTS_FILE = (id: string) => `/api/ads/campaigns/${encodeURIComponent(id)}/results.csv`
export const editCreative = (creative: string, body: NewCreative) => send('put', '/api/ads/creatives/{creative}', { path: { creative }, body })
export const forecast = (body: ForecastRequest, signal?: AbortSignal) => send('post', '/api/ads/forecast', { body, signal })
