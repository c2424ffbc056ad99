import type { Requirement } from '@newel/policy'
import { ClientError, StepUpError } from '../errors.ts'
import { judgeTokens, refusalOf } from './judge-tokens.ts'
import { type Attempt, sendAgain } from './node-fetch.ts'
import type { NodeSettings, Parking } from './node-options.ts'
import type { NodeProvider } from './node-provider.ts'
import type { NodeSession } from './node-session.ts'
import type { NodeStepUps } from './node-step-ups.ts'
import { openCall, type ParkedCall, parkedRequest, requestFrom, sealCall } from './parked-call.ts'
import { type PersonLink, requirementInWords } from './person-link.ts'
import { pollDevice } from './poll-device.ts'
import type { NodeTokens } from './stored-tokens.ts'

/** A parked call, and the way for the person to let it through. Plain data: send it, print it, keep it. No token. */
export interface ChallengeLink extends PersonLink {
  /** What `resume` takes. It says nothing by itself: the call is in the store, under the key. */
  readonly id: string
  readonly userCode: string
  /** The origin of the API that asks. */
  readonly api: string
  readonly method: string
  readonly requirement: Requirement
  /** What the call will carry, where it had none of its own. An API does one action for one key. */
  readonly idempotencyKey: string
}

/** Calls that wait for a person, perhaps longer than this process lives. */
export class ParkingLot {
  readonly #settings: NodeSettings
  readonly #provider: NodeProvider
  readonly #session: NodeSession
  readonly #stepUps: NodeStepUps
  /** Proofs for one call whose call is parked still, by its id: they are in no store, and their codes are spent. */
  readonly #proofs = new Map<string, NodeTokens>()

  constructor(
    settings: NodeSettings,
    provider: NodeProvider,
    session: NodeSession,
    stepUps: NodeStepUps,
  ) {
    this.#settings = settings
    this.#provider = provider
    this.#session = session
    this.#stepUps = stepUps
  }

  /** @throws ClientError `configuration`, `login_required`, StepUpError `body_not_replayable`, `call_not_kept` */
  async park({ challenge, again, tokens }: Attempt): Promise<ChallengeLink> {
    const { store, key, bodyLimitBytes } = this.#parking()
    const { host, timeLimitSeconds, issuer, clientId } = this.#settings
    if (challenge.kind !== 'challenge') {
      throw new ClientError('configuration', 'the response holds no step-up challenge')
    }
    if (!tokens) throw new ClientError('login_required', 'the API asks for a login')
    const { requirement, scope } = challenge
    if (!again) {
      throw new StepUpError('body_not_replayable', 'the body was a stream', requirement)
    }
    const id = host.randomToken()
    const idempotencyKey = again.headers.get('idempotency-key') ?? host.randomToken()
    const request = await parkedRequest(again, idempotencyKey, requirement, bodyLimitBytes)
    const beganAt = host.now()
    await store.removeExpired(beganAt)
    const { subject } = tokens.session
    const wish = { requirement, subject, ...(scope === undefined ? {} : { scope }) }
    const device = await this.#provider.deviceRequest(wish)
    const expiresAt = beganAt + Math.min(device.expiresInSeconds, timeLimitSeconds)
    const { deviceCode, intervalSeconds, userCode, url, urlWithCode } = device
    const call: ParkedCall = {
      ...wish,
      issuer: issuer.href,
      clientId,
      deviceCode,
      intervalSeconds,
      beganAt,
      expiresAt,
      request,
    }
    await store.put(id, sealCall(key, id, call), expiresAt)
    const api = new URL(again.url).origin
    return {
      id,
      url,
      userCode,
      ...(urlWithCode === undefined ? {} : { urlWithCode }),
      asks: requirementInWords(requirement, api),
      api,
      method: again.method,
      requirement,
      idempotencyKey,
      expiresAt,
    }
  }

  /**
   * Wait for the person and send the parked call, once. Where the signal ends the wait, the call stays parked.
   *
   * @throws ClientError `call_unknown`; StepUpError where the person did not or could not
   */
  async resume(id: string, signal?: AbortSignal): Promise<Response> {
    const { store } = this.#parking()
    const { call, reached } = await store.exclusively(id, async () => {
      signal?.throwIfAborted()
      const parked = await this.#find(id)
      let tokens: NodeTokens
      try {
        tokens = await this.#reach(id, parked, signal)
        signal?.throwIfAborted()
      } catch (error) {
        signal?.throwIfAborted()
        const refused = refusalOf(error, parked, true)
        // Whatever can be tried again stays.
        const passing = refused instanceof ClientError && refused.retryable
        if (!passing) await this.drop(id)
        throw refused
      }
      // Gone before it is sent: a crash in between loses a call, and sends none twice.
      this.#proofs.delete(id)
      if (await store.take(id)) return { call: parked, reached: tokens }
      throw unknownCall()
    })
    const usable = reached.session.oneShot === true ? reached : await this.#session.usable()
    return sendAgain(this.#settings, requestFrom(call.request), usable)
  }

  /** Forget a parked call. `false`: it was not there. */
  async drop(id: string): Promise<boolean> {
    this.#proofs.delete(id)
    return this.#parking().store.take(id)
  }

  async #find(id: string): Promise<ParkedCall> {
    const { store, key } = this.#parking()
    const { issuer, clientId, apiOrigins, host } = this.#settings
    const sealed = await store.read(id)
    const call = sealed === undefined ? undefined : openCall(key, id, sealed)
    const ours =
      call?.issuer === issuer.href &&
      call.clientId === clientId &&
      apiOrigins.has(new URL(call.request.url).origin)
    if (call && ours && host.now() < call.expiresAt) return call
    throw unknownCall()
  }

  async #reach(id: string, call: ParkedCall, signal: AbortSignal | undefined): Promise<NodeTokens> {
    const { host, clockToleranceSeconds } = this.#settings
    const { beganAt, expiresAt, intervalSeconds, deviceCode, subject, requirement } = call
    const { order } = await this.#provider.discover()
    const before = await this.#session.tokens()
    if (before?.session.subject !== subject) {
      throw before
        ? new StepUpError('different_user', 'the call was parked by another person', requirement)
        : new ClientError('login_required', 'nobody is logged in')
    }
    const proof = this.#proofs.get(id)
    if (proof) return proof
    // Stepped up meanwhile by another way, or by a process that ended before it could send the call.
    const newer = before.issuedAt - before.clockOffsetSeconds > beganAt
    const since = { tokens: { accessToken: '' }, sentAt: beganAt }
    if (newer && this.#stepUps.reachedSince(call, since, before)) return before
    // Not cut off by the signal: the code is good for one answer, and tokens on their way would be lost.
    const ask = () => this.#provider.redeemDeviceCode(deviceCode, before.key)
    const tokens = await pollDevice(host, { intervalSeconds, expiresAt, ask }, signal)
    const raised = await this.#session.raise(
      judgeTokens(call, tokens, { order, clockToleranceSeconds }),
    )
    if (raised.session.oneShot === true) this.#proofs.set(id, raised)
    return raised
  }

  #parking(): Required<Parking> {
    const { parking } = this.#settings
    if (parking) return parking
    throw new ClientError('configuration', '`parking` is not set')
  }
}

function unknownCall(): ClientError {
  return new ClientError(
    'call_unknown',
    'no such call is parked: sent, dropped, or its time is over',
  )
}
