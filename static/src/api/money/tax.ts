import { send, type Answer, type Body } from '../operation'

export type TaxStatus = Answer<'get', '/api/wallet/tax'>
export type TaxForm = Body<'put', '/api/wallet/tax'>

export const taxStatus = () => send('get', '/api/wallet/tax')
export const saveTaxDetails = (body: TaxForm) => send('put', '/api/wallet/tax', { body })
