import type { EpochSeconds } from '@newel/policy'
import { toBase64url } from './base64url.ts'
import type { BffSettings } from './options.ts'
import type { ParkingPlaces } from './parking-places.ts'
import type { SessionRecord } from './session-record.ts'

/** A form that was sent to a route of the app and waits for a step-up: on the server, sealed, for one session and one sending. */
export interface ParkedForm {
  readonly loginId: string
  readonly method: string
  /** Path and query of the route, as they were sent. */
  readonly path: string
  readonly contentType: string | undefined
  /** In base64url. */
  readonly body: string
  /** The same at each sending, so that a route that knows such keys never acts twice. */
  readonly idempotencyKey: string
  readonly place: string
  readonly at: EpochSeconds
}

type NewForm = Omit<ParkedForm, 'at' | 'idempotencyKey' | 'place'>

export class ParkedForms {
  readonly #settings: BffSettings
  readonly #places: ParkingPlaces

  constructor(settings: BffSettings, places: ParkingPlaces) {
    this.#settings = settings
    this.#places = places
  }

  /** `undefined`: too many wait already. */
  async park(form: NewForm): Promise<string | undefined> {
    const place = await this.#places.take(form.loginId)
    if (place === undefined) return undefined
    const { vault, host, timeLimitSeconds } = this.#settings
    const random = () => toBase64url(host.randomBytes(24))
    const id = random()
    const kept: ParkedForm = { ...form, place, idempotencyKey: random(), at: host.now() }
    await vault.put('form', id, kept, timeLimitSeconds)
    return id
  }

  /** Look at it. `undefined`: sent already, of another session, or too old. */
  async find({ loginId }: SessionRecord, id: string): Promise<ParkedForm | undefined> {
    const { vault, host, timeLimitSeconds } = this.#settings
    const form = await vault.get('form', id)
    if (!isParkedForm(form) || form.loginId !== loginId) return undefined
    return host.now() - form.at <= timeLimitSeconds ? form : undefined
  }

  /** True for exactly one of those who have found it. */
  async take(id: string): Promise<boolean> {
    const form = await this.#settings.vault.take('form', id)
    if (!isParkedForm(form)) return false
    await this.#places.leave(form.place)
    return true
  }

  async drop(id: string): Promise<void> {
    await this.take(id)
  }
}

function isParkedForm(value: unknown): value is ParkedForm {
  return typeof value === 'object' && value !== null && 'path' in value && 'loginId' in value
}
