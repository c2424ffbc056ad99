import type { AuthenticationEvent, Method } from '@newel/policy'
import { type RandomBytes, randomId } from '../secrets/index.ts'
import {
  type InteractionState,
  type InteractionStore,
  type Json,
  type JsonObject,
  StoreError,
} from '../store/index.ts'
import { type EnrolmentProgress, writeEnrolment } from './enrolment-progress.ts'
import { type Errand, writeErrand } from './errand.ts'
import { Refusal, expiredInteraction } from './refusal.ts'

/** What the store keeps of one interaction, changed by compare-and-set alone. */
export class InteractionStates {
  readonly #store: InteractionStore
  readonly #random: RandomBytes

  constructor(store: InteractionStore, random: RandomBytes) {
    this.#store = store
    this.#random = random
  }

  /** The state, made on the first visit. */
  async open(
    id: string,
    accountId: string | undefined,
    now: number,
    expiresAt: number,
  ): Promise<InteractionState> {
    const known = await this.#store.read(id, now)
    if (known !== undefined) return known
    const state: InteractionState = {
      id,
      version: 1,
      ...(accountId === undefined ? {} : { accountId }),
      csrfToken: randomId(this.#random),
      events: [],
      failedAttempts: 0,
    }
    try {
      await this.#store.create(state, expiresAt)
    } catch (error) {
      // Two first visits at once: one of them made it.
      if (!(error instanceof StoreError) || error.code !== 'store_conflict') throw error
    }
    return this.reload(id, now)
  }

  async reload(id: string, now: number): Promise<InteractionState> {
    const state = await this.#store.read(id, now)
    if (state === undefined) throw expiredInteraction()
    return state
  }

  /** Only on the state as it was read. Undefined: another request was quicker. */
  async change(
    state: InteractionState,
    changed: StateChange,
  ): Promise<InteractionState | undefined> {
    const next = this.#apply(state, changed)
    const done = await this.#store.update(state.id, state.version, next)
    return done ? { ...next, version: state.version + 1 } : undefined
  }

  /** On whatever the state is by now: for facts that no other request can make untrue. */
  async settle(
    id: string,
    now: number,
    changed: (state: InteractionState) => StateChange,
  ): Promise<InteractionState> {
    for (let attempt = 0; attempt < settleAttempts; attempt += 1) {
      const state = await this.reload(id, now)
      const next = await this.change(state, changed(state))
      if (next !== undefined) return next
    }
    throw new Refusal(503, 'temporarily_unavailable')
  }

  #apply(state: InteractionState, changed: StateChange): InteractionState {
    const { pending, enrolment, errand, ...rest } = state
    const nextPending = changed.pending === undefined ? pending : changed.pending
    const nextEnrolment =
      changed.enrolment === undefined
        ? enrolment
        : changed.enrolment === 'none'
          ? undefined
          : writeEnrolment(changed.enrolment)
    const nextErrand =
      changed.errand === undefined
        ? errand
        : changed.errand === 'none'
          ? undefined
          : writeErrand(changed.errand)
    return {
      ...rest,
      ...(changed.events === undefined ? {} : { events: changed.events }),
      ...(changed.failedAttempts === undefined ? {} : { failedAttempts: changed.failedAttempts }),
      ...(changed.spent === undefined ? {} : { spent: changed.spent }),
      ...(changed.newCsrfToken === true ? { csrfToken: randomId(this.#random) } : {}),
      ...(nextPending === undefined || nextPending === 'none' ? {} : { pending: nextPending }),
      ...(nextEnrolment === undefined ? {} : { enrolment: nextEnrolment }),
      ...(nextErrand === undefined ? {} : { errand: nextErrand }),
    }
  }
}

/** More than one browser sends at once by itself. */
const settleAttempts = 8

/** Absent: left as it is. `none`: removed. */
export interface StateChange {
  readonly events?: readonly AuthenticationEvent[]
  readonly failedAttempts?: number
  readonly spent?: readonly Method[]
  readonly newCsrfToken?: boolean
  readonly pending?: { readonly method: Method; readonly state: JsonObject } | 'none'
  readonly enrolment?: EnrolmentProgress | 'none'
  readonly errand?: Errand | 'none'
}

/** A question that was put and not answered yet: shown again as it is, so that two tabs do not spoil each other's. */
export interface PendingQuestion {
  readonly asked: Json
  readonly view: Json
  readonly at: number
}

export function pendingQuestion(
  state: InteractionState,
  method: Method,
): PendingQuestion | undefined {
  const stored = state.pending?.method === method ? state.pending.state : undefined
  if (stored === undefined || !isObject(stored)) return undefined
  const { asked, view, at } = stored
  return asked === undefined || view === undefined || typeof at !== 'number'
    ? undefined
    : { asked, view, at }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
