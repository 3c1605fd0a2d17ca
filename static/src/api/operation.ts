/**
 * Typed calls. Address, parameters, body and answer come from the server's OpenAPI document (schema.ts, generated).
 * Types are named after addresses, which are a promise to other programs, not after the server's classes.
 */
import { call, query as withQuery, segment } from './http'
import type { paths } from './schema'

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete'
/** The addresses that know this method. */
export type Address<M extends Method> = { [A in keyof paths]: paths[A] extends Record<M, object> ? A : never }[keyof paths]
type Operation<M extends Method, A extends Address<M>> = paths[A][M]

type Success = 200 | 201 | 202 | 204
type JsonOf<Response> = Response extends { content: { 'application/json': infer Json } } ? Json : void
type AnswerOf<O> = O extends { responses: infer R } ? JsonOf<R[keyof R & Success]> : never
/** What a call of this operation resolves to. */
export type Answer<M extends Method, A extends Address<M>> = AnswerOf<Operation<M, A>>
/** One item of the list at this address. */
export type Item<A extends Address<'get'>> = Answer<'get', A> extends { items: (infer I)[] } ? I : never

type PathOf<O> = O extends { parameters: { path: infer P } } ? { path: P } : unknown
type HeadersOf<O> = O extends { parameters: { header: infer H } } ? { headers: H } : unknown
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? { query?: { [K in keyof Q]?: Q[K] | null | undefined } } : unknown
/** What may be null in a body has a default, so it may also be left out. */
type Sent<B> = { [K in keyof B as null extends B[K] ? never : K]: B[K] } & { [K in keyof B as null extends B[K] ? K : never]?: B[K] }
type BodyOf<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? { body: Sent<B> } : unknown
/** The body that this operation accepts. */
export type Body<M extends Method, A extends Address<M>> = BodyOf<Operation<M, A>> extends { body: infer B } ? B : never

type Options<O> = { signal?: AbortSignal | undefined } & PathOf<O> & HeadersOf<O> & QueryOf<O> & BodyOf<O>
type Given<O> = object extends Options<O> ? [options?: Options<O>] : [options: Options<O>]
interface AnyOptions {
  path?: Record<string, string>
  query?: Parameters<typeof withQuery>[1]
  headers?: Record<string, string>
  body?: unknown
  signal?: AbortSignal
}

export function send<M extends Method, A extends Address<M>>(
  method: M,
  address: A,
  ...[options]: Given<Operation<M, A>>
): Promise<Answer<M, A>> {
  const { path = {}, query = {}, ...rest } = (options ?? {}) as AnyOptions
  const filled = address.replace(/\{(\w+)\}/g, (_, name: string) => segment(path[name] ?? ''))
  return call(method.toUpperCase(), withQuery(filled, query), rest)
}
