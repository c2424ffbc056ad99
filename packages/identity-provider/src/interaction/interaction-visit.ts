import type { AuthenticationRecord, EpochSeconds, Method } from '@newel/policy'
import type { ClientConfig } from '@newel/policy-document'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { errors } from 'oidc-provider'
import { noteClient } from '../operations/request-facts.ts'
import type { ProviderEvent } from '../provider-event.ts'
import { describeDevice } from '../session/device.ts'
import {
  type InteractionResult,
  type StepUpDetails,
  stepUpPrompt,
} from '../session/interaction-result.ts'
import type { Account, Credential, InteractionState } from '../store/index.ts'
import { localeOf } from './pages/index.ts'
import { Attempts } from './attempts.ts'
import { clientConfigOf } from '../provider/client-config.ts'
import type { InteractionDependencies } from './interaction-dependencies.ts'
import { InteractionStates } from './interaction-state.ts'
import { Refusal, expiredInteraction } from './refusal.ts'

/** The services behind every exchange. */
export interface InteractionDesk extends InteractionDependencies {
  readonly states: InteractionStates
  readonly attempts: Attempts
}

export function createDesk(dependencies: InteractionDependencies): InteractionDesk {
  return {
    ...dependencies,
    states: new InteractionStates(dependencies.store.interactions, dependencies.random),
    attempts: new Attempts(dependencies.store.attempts, dependencies.document.lockout),
  }
}

/** One request of the browser to which an interaction belongs, and all that is known about it. */
export interface InteractionVisit {
  readonly desk: InteractionDesk
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly now: EpochSeconds
  readonly uid: string
  /** The authorization request: the same through login, step-up and consent. */
  readonly cid: string
  readonly prompt: VisitPrompt
  readonly details: Readonly<Record<string, unknown>>
  readonly params: Readonly<Record<string, unknown>>
  readonly client: ClientConfig
  readonly session?: { readonly uid: string; readonly accountId: string }
  readonly grantId?: string
  /** Proved in earlier interactions of the same request, for the result to carry on. */
  readonly provedBefore: AuthenticationRecord
  /** Of the session. Absent before sign-in. */
  readonly account?: Account
  readonly credentials: readonly Credential[]
  readonly state: InteractionState
}

export type VisitPrompt =
  /** `create`: the relying party would rather have the person sign up (`prompt=create`). */
  | { readonly name: 'login'; readonly create?: true }
  | { readonly name: 'step_up'; readonly stepUp: StepUpDetails }
  | { readonly name: 'consent' }

/** @throws Refusal where the interaction is over, or belongs to another browser. */
export async function openVisit(
  desk: InteractionDesk,
  request: FastifyRequest,
  reply: FastifyReply,
  uid: string,
): Promise<InteractionVisit> {
  const now = desk.clock()
  const interaction = await findInteraction(desk, request, reply)
  if (interaction.uid !== uid) throw expiredInteraction()
  const { prompt, params, session, grantId, lastSubmission } = interaction
  const known = await desk.provider().Client.find(String(params.client_id))
  const client = clientConfigOf(desk.document, known)
  if (client === undefined) throw new Refusal(400, 'unknown_client')
  noteClient(request.raw, client.id)
  const account = session && (await desk.store.accounts.byId(session.accountId))
  return {
    desk,
    request,
    reply,
    now,
    uid,
    cid: interaction.cid,
    prompt: visitPrompt(prompt.name, prompt.details),
    details: prompt.details,
    params,
    client,
    ...(session === undefined
      ? {}
      : { session: { uid: session.uid, accountId: session.accountId } }),
    ...(grantId === undefined ? {} : { grantId }),
    provedBefore: provedIn(lastSubmission),
    ...(account === undefined ? {} : { account }),
    credentials: account === undefined ? [] : await desk.store.credentials.forAccount(account.id),
    // By our clock: the library's runs by itself, and ends the interaction for both.
    state: await desk.states.open(
      stateId(interaction.cid, prompt.name, session?.accountId),
      session?.accountId,
      now,
      now + (interaction.exp - interaction.iat),
    ),
  }
}

/**
 * By the authorization request, not by the interaction: whoever goes back to the request without an answer gets another
 * interaction, and must find there what was set up and how often the answer was wrong.
 */
function stateId(cid: string, prompt: string, accountId: string | undefined): string {
  return JSON.stringify([cid, prompt, ...(accountId === undefined ? [] : [accountId])])
}

async function findInteraction(
  { provider }: InteractionDesk,
  request: FastifyRequest,
  reply: FastifyReply,
): ReturnType<ReturnType<InteractionDesk['provider']>['interactionDetails']> {
  try {
    return await provider().interactionDetails(request.raw, reply.raw)
  } catch (error) {
    if (error instanceof errors.SessionNotFound) throw expiredInteraction()
    throw error
  }
}

function visitPrompt(name: string, details: Readonly<Record<string, unknown>>): VisitPrompt {
  if (name === 'login' || name === 'consent') return { name }
  if (name === 'create') return { name: 'login', create: true }
  if (name !== stepUpPrompt) throw new Refusal(400, 'invalid_request')
  return { name: 'step_up', stepUp: stepUpDetails(details) }
}

/** Our own prompt wrote it; the library kept it as JSON. */
function stepUpDetails(details: Readonly<Record<string, unknown>>): StepUpDetails {
  const { requirement, onlyThisRequest } = details as Partial<StepUpDetails>
  if (requirement === undefined || !Array.isArray(requirement.acrValues)) {
    throw expiredInteraction()
  }
  return { requirement, onlyThisRequest: onlyThisRequest === true }
}

function provedIn(lastSubmission: unknown): AuthenticationRecord {
  const { proved } = (lastSubmission ?? {}) as InteractionResult
  return proved?.events ?? []
}

/** Proofs of this interaction whose credential is still there: one that was removed meanwhile proves nothing. */
export function provedHere({ state, credentials }: InteractionVisit): AuthenticationRecord {
  return state.events.filter(({ properties }) =>
    credentials.some(({ id }) => id === properties?.['credentialId']),
  )
}

/** What every event about this visit says. */
export function observed(
  visit: InteractionVisit,
  accountId: string | undefined = visit.account?.id,
): Pick<
  ProviderEvent,
  'at' | 'request' | 'clientId' | 'accountId' | 'address' | 'device' | 'language'
> {
  const { headers } = visit.request
  const device = describeDevice(headers['user-agent'])
  const { language } = visit.desk.document
  return {
    at: visit.now,
    language: localeOf(visit.params['ui_locales'], headers['accept-language'], language),
    request: visit.cid,
    clientId: visit.client.id,
    address: visit.request.ip,
    ...(device === undefined ? {} : { device }),
    ...(accountId === undefined ? {} : { accountId }),
  }
}

/** Address of the interaction, or of one of its steps. */
export function addressOf(
  { desk, uid }: Pick<InteractionVisit, 'desk' | 'uid'>,
  step:
    | ''
    | 'choose'
    | 'cancel'
    | 'give-up'
    | 'enrol'
    | 'enrol/answer'
    | 'resend'
    | 'reset'
    | 'sign-up'
    | `upstream/${string}` = '',
  chosen?: Method,
): string {
  const path = `${desk.basePath}/interaction/${encodeURIComponent(uid)}${step === '' ? '' : `/${step}`}`
  return chosen === undefined ? path : `${path}?method=${encodeURIComponent(chosen)}`
}
