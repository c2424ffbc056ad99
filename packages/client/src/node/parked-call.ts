import type { EpochSeconds, Requirement } from '@newel/policy'
import { StepUpError } from '../errors.ts'
import { seal, unseal } from './seal.ts'

/** A call that waits for the person, and how to learn that they have answered. Encrypted wherever it is kept. */
export interface ParkedCall {
  readonly issuer: string
  readonly clientId: string
  readonly deviceCode: string
  readonly intervalSeconds: number
  readonly requirement: Requirement
  readonly scope?: string
  /** Who must answer. */
  readonly subject: string
  readonly beganAt: EpochSeconds
  readonly expiresAt: EpochSeconds
  readonly request: ParkedRequest
}

export interface ParkedRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  /** In base64url. Absent: none. */
  readonly body?: string
}

/** Credentials do not lie around: the token is put on anew. The others are the connection's, not the call's. */
const leftBehind = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'dpop',
  'host',
  'content-length',
  'connection',
])

/** @throws StepUpError `call_not_kept` where the body is larger than the limit */
export async function parkedRequest(
  request: Request,
  idempotencyKey: string,
  requirement: Requirement,
  bodyLimitBytes: number,
): Promise<ParkedRequest> {
  const body = Buffer.from(await request.arrayBuffer())
  if (body.byteLength > bodyLimitBytes) {
    throw new StepUpError(
      'call_not_kept',
      'the body is too large to be parked: step up, then send the call anew',
      requirement,
    )
  }
  const headers = [...request.headers].filter(([name]) => !leftBehind.has(name))
  if (!request.headers.has('idempotency-key')) headers.push(['idempotency-key', idempotencyKey])
  return {
    method: request.method,
    url: request.url,
    headers,
    ...(body.byteLength === 0 ? {} : { body: body.toString('base64url') }),
  }
}

/** The call as it was, for the one time that it is sent. */
export function requestFrom({ method, url, headers, body }: ParkedRequest): Request {
  return new Request(url, {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    ...(body === undefined ? {} : { body: Buffer.from(body, 'base64url') }),
  })
}

export function sealCall(key: Uint8Array, id: string, call: ParkedCall): string {
  return seal(key, `newel:parked-call:${id}`, JSON.stringify(call))
}

/** `undefined`: of another key or id, or damaged. What opens was written here, so its shape is known. */
export function openCall(key: Uint8Array, id: string, sealed: string): ParkedCall | undefined {
  const text = unseal(key, `newel:parked-call:${id}`, sealed)
  return text === undefined ? undefined : (JSON.parse(text) as ParkedCall)
}
