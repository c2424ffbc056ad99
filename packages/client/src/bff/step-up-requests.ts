import type { EpochSeconds, Requirement } from '@newel/policy'
import { toBase64url } from './base64url.ts'
import type { BffSettings } from './options.ts'
import type { SessionRecord } from './session-record.ts'

/** A step-up that a page was told to make. What it asks is kept here, where no page can lower it. */
export interface StepUpRequest {
  readonly loginId: string
  readonly requirement: Requirement
  readonly scope?: string
  readonly returnTo: string
  readonly at: EpochSeconds
  /** It has been made: whoever comes with it again is led straight back. */
  readonly done?: true
}

/** The step-ups that pages of this app were told to make, each under a random id. */
export class StepUpRequests {
  readonly #settings: BffSettings

  constructor(settings: BffSettings) {
    this.#settings = settings
  }

  /** The id of a request. Those that ask the same in one session share it until it is made. */
  async idFor({ loginId }: SessionRecord, wish: StepUpWish): Promise<string> {
    const { vault, host, timeLimitSeconds } = this.#settings
    const shared = sharedName(loginId, wish)
    const id = toBase64url(host.randomBytes(24))
    const request: StepUpRequest = { ...wish, loginId, at: host.now() }
    // First what is found, then what finds it.
    await vault.put('pending', id, request, timeLimitSeconds)
    if (await vault.add('pending-of', shared, id, timeLimitSeconds)) return id
    const other = await vault.get('pending-of', shared)
    if (typeof other !== 'string' || !isStepUpRequest(await vault.get('pending', other))) return id
    await vault.remove('pending', id)
    return other
  }

  /** `undefined`: of another session, or too old. */
  async find({ loginId }: SessionRecord, id: string): Promise<StepUpRequest | undefined> {
    const request = await this.#settings.vault.get('pending', id)
    return isStepUpRequest(request) && request.loginId === loginId ? request : undefined
  }

  async complete(record: SessionRecord, id: string): Promise<void> {
    const request = await this.find(record, id)
    if (!request) return
    const { vault, timeLimitSeconds } = this.#settings
    await vault.remove('pending-of', sharedName(record.loginId, request))
    await vault.put('pending', id, { ...request, done: true }, timeLimitSeconds)
  }
}

type StepUpWish = Pick<StepUpRequest, 'requirement' | 'scope' | 'returnTo'>

function sharedName(loginId: string, { requirement, scope, returnTo }: StepUpWish): string {
  const { acrValues, maxAgeSeconds } = requirement
  return JSON.stringify([loginId, acrValues, maxAgeSeconds ?? null, scope ?? '', returnTo])
}

function isStepUpRequest(value: unknown): value is StepUpRequest {
  return typeof value === 'object' && value !== null && 'requirement' in value && 'at' in value
}
