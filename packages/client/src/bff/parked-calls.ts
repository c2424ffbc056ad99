import type { EpochSeconds, Requirement } from '@newel/policy'
import { type ApiCall, bodyBytes, relayedAnswer, relayedHeaders } from './api-call.ts'
import { fromBase64url, toBase64url } from './base64url.ts'
import type { BffSettings } from './options.ts'
import type { ParkingPlaces } from './parking-places.ts'
import { readBody } from './read-body.ts'
import type { SessionRecord } from './session-record.ts'

/** A call that waits for a step-up: on the server, sealed, for one session, for one sending. */
export interface ParkedCall {
  readonly loginId: string
  readonly call: ApiCall
  readonly requirement: Requirement
  /** The address that the page was sending to. */
  readonly pageUrl: string
  /** Where the app leads afterwards. Absent: to the API's answer. */
  readonly returnTo?: string
  readonly place: string
  readonly at: EpochSeconds
}

interface KeptAnswer {
  readonly loginId: string
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  /** In base64url. Absent: longer than is kept. */
  readonly body?: string
}

/** Longest answer of a resumed call that is kept for the page, in bytes. */
const mostAnswerBytes = 262_144

export class ParkedCalls {
  readonly #settings: BffSettings
  readonly #places: ParkingPlaces

  constructor(settings: BffSettings, places: ParkingPlaces) {
    this.#settings = settings
    this.#places = places
  }

  fits(call: ApiCall): boolean {
    return bodyBytes(call) <= this.#settings.parkedBodyBytes
  }

  /** Keep a call. It gets an idempotency key where it has none, so that an API that knows them never acts on it twice. `undefined`: too many wait. */
  async park(parked: Omit<ParkedCall, 'at' | 'place'>): Promise<string | undefined> {
    const place = await this.#places.take(parked.loginId)
    if (place === undefined) return undefined
    const { vault, host, timeLimitSeconds } = this.#settings
    const id = toBase64url(host.randomBytes(24))
    const key = toBase64url(host.randomBytes(16))
    const { call } = parked
    const keyed = call.headers.some(([name]) => name === 'idempotency-key')
    const kept: ParkedCall = {
      ...parked,
      call: keyed ? call : { ...call, headers: [...call.headers, ['idempotency-key', key]] },
      place,
      at: host.now(),
    }
    await vault.put('parked', id, kept, timeLimitSeconds)
    return id
  }

  /** Take it out, once. `undefined`: taken before, of another session, or too old. */
  async take({ loginId }: SessionRecord, id: string): Promise<ParkedCall | undefined> {
    const { vault, host, timeLimitSeconds } = this.#settings
    // Whoever it is not for does not take it from the one it is for.
    const found = await vault.get('parked', id)
    if (!isParkedCall(found) || found.loginId !== loginId) return undefined
    const parked = await this.#taken(id)
    return parked && host.now() - parked.at <= timeLimitSeconds ? parked : undefined
  }

  async drop(id: string): Promise<void> {
    await this.#taken(id)
  }

  async #taken(id: string): Promise<ParkedCall | undefined> {
    const parked = await this.#settings.vault.take('parked', id)
    if (!isParkedCall(parked)) return undefined
    await this.#places.leave(parked.place)
    return parked
  }

  /** Keep what the API answered, for the page to be shown. */
  async keepAnswer({ loginId }: SessionRecord, parked: ParkedCall, response: Response) {
    const { vault, host, timeLimitSeconds } = this.#settings
    const id = toBase64url(host.randomBytes(24))
    const headers = relayedHeaders(response)
    const location = headers.get('location')
    if (location !== null) {
      // As the browser would have understood it, had the answer come at once.
      headers.set('location', URL.parse(location, parked.pageUrl)?.href ?? '/')
    }
    const body = await readBody(response, mostAnswerBytes)
    const answer: KeptAnswer = {
      loginId,
      status: response.status,
      headers: [...headers],
      ...(body === undefined ? {} : { body: toBase64url(body) }),
    }
    await vault.put('answer', id, answer, timeLimitSeconds)
    return id
  }

  /** What the API answered, as often as the page is loaded. `undefined`: of another session, or too old. */
  async answer({ loginId }: SessionRecord, id: string): Promise<Response | undefined> {
    const kept = await this.#settings.vault.get('answer', id)
    if (!isKeptAnswer(kept) || kept.loginId !== loginId) return undefined
    const headers = new Headers(kept.headers.map(([name, value]) => [name, value]))
    headers.set('cache-control', 'no-store')
    if (kept.body === undefined) {
      return Response.json({ status: kept.status, body: 'too_large' }, { headers })
    }
    return relayedAnswer(kept.status, headers, fromBase64url(kept.body))
  }
}

function isParkedCall(value: unknown): value is ParkedCall {
  return typeof value === 'object' && value !== null && 'call' in value && 'loginId' in value
}

function isKeptAnswer(value: unknown): value is KeptAnswer {
  return typeof value === 'object' && value !== null && 'status' in value && 'loginId' in value
}
