import type { AuthenticationEvent } from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'
import { type KoaContextWithOIDC, errors, interactionPolicy } from 'oidc-provider'
import type { Authenticators } from '../authenticators/index.ts'
import type { ObserveProvider, ProviderEvent } from '../provider-event.ts'
import { amrOf } from '../session/amr.ts'
import { describeDevice } from '../session/device.ts'
import {
  type InteractionResult,
  type StepUpDetails,
  stepUpPrompt,
} from '../session/interaction-result.ts'
import { enrollableMethods, enrolledMethods, canReach } from '../session/reachable.ts'
import { mergeIntoRecord, standingRecord } from '../session/session-record.ts'
import { checkStepUp } from '../session/step-up-check.ts'
import type { Store } from '../store/index.ts'
import { assuranceOf, clientOf } from './assurance-request.ts'
import { dateApproval } from './device-approval.ts'
import { markOneShot } from './one-shot-mark.ts'

export interface StepUpPromptDependencies {
  readonly document: PolicyDocument
  readonly store: Store
  readonly authenticators: Authenticators
  readonly clock: () => number
  readonly observe: ObserveProvider
}

const { Check, Prompt, base } = interactionPolicy

/**
 * The library's policy with the step-up in it: after `login`, before `consent`, alone in its prompt because its check
 * assigns what the session's tokens will state. The built-in checks of age and essential `acr` know one value each for
 * the whole session; ours replaces them.
 */
export function interactionPrompts(
  dependencies: StepUpPromptDependencies,
): ReturnType<typeof base> {
  const policy = base()
  const login = policy.get('login')
  for (const check of ['max_age', 'essential_acrs', 'essential_acr']) login?.checks.remove(check)
  policy.add(
    new Prompt(
      { name: stepUpPrompt, requestable: false },
      new Check(
        'assurance_unmet',
        'a further authentication is required',
        'interaction_required',
        async (ctx) => checkAssurance(ctx, dependencies),
        (ctx) => ({ ...stepUpDetails(ctx, dependencies.document) }),
      ),
    ),
    1,
  )
  // Before `login`: who signs up is signed in by it. Closed: the library refuses the value (§4.1 of the specification).
  if (dependencies.document.signUp !== undefined) {
    policy.add(new Prompt({ name: 'create', requestable: true }), 0)
  }
  return policy
}

function stepUpDetails(ctx: KoaContextWithOIDC, document: PolicyDocument): StepUpDetails {
  return {
    requirement: assuranceOf(ctx, document).requirement,
    onlyThisRequest: ctx.oidc.prompts.has('login'),
  }
}

async function checkAssurance(
  ctx: KoaContextWithOIDC,
  { document, store, authenticators, clock, observe }: StepUpPromptDependencies,
): Promise<boolean> {
  const { session, account } = ctx.oidc
  const accountId = session?.accountId
  if (session === undefined || accountId === undefined || account === undefined) {
    throw new errors.LoginRequired('nobody is signed in')
  }
  const now = clock()
  const result = (ctx.oidc.result ?? {}) as InteractionResult
  const request = ctx.oidc.entities.Interaction?.cid
  const credentials = await store.credentials.forAccount(accountId)
  // A credential that was removed on the way back from the pages proves nothing.
  const proved: readonly AuthenticationEvent[] = (result.proved?.events ?? []).filter(
    ({ properties }) => credentials.some(({ id }) => id === properties?.['credentialId']),
  )
  const merged = await mergeIntoRecord(store.sessions, session.uid, accountId, proved, now)
  const record = standingRecord(merged, credentials, document)
  const device = describeDevice(ctx.get('user-agent'))
  await store.sessions.seen(
    session.uid,
    { address: ctx.ip, ...(device === undefined ? {} : { device }) },
    now,
  )
  const requested = assuranceOf(ctx, document)
  const enrolled = enrolledMethods(document, authenticators, credentials)
  const client = clientOf(ctx, document)
  const context = { now, ...(request === undefined ? {} : { request }) }
  const verdict = checkStepUp({
    levels: document.levels,
    requested,
    record,
    context,
    onlyThisRequest: ctx.oidc.prompts.has('login'),
    attempted: result.step_up !== undefined,
    reachable: (requirement, visible) =>
      canReach(document.levels, requirement, visible, { ...context, enrolled }) ||
      enrollableMethods(document, authenticators, requirement, visible, { ...context, enrolled })
        .length > 0,
    minimum: client.minimum,
    newcomer:
      !document.enrolment.satisfiesPendingStepUp &&
      request !== undefined &&
      record.some(({ properties }) => properties?.['madeIn'] === request),
  })
  const about = {
    at: now,
    clientId: client.id,
    accountId,
    ...(request === undefined ? {} : { request }),
  }
  if (verdict.kind === 'ask') {
    observe({ ...about, type: 'step_up_required', requirement: requested.requirement })
    return Check.REQUEST_PROMPT
  }
  if (verdict.kind === 'unmet') {
    observe({
      ...about,
      type: 'unmet',
      requirement: requested.requirement,
      prompt: 'step_up',
      cause: result.step_up === undefined ? 'unreachable' : 'not_reached',
    })
    throw new errors.UnmetAuthenticationRequirements(
      'the requested authentication level was not reached',
    )
  }
  const { level } = verdict
  const amr = amrOf(level, verdict.record, context)
  session.acr = level.acr
  session.amr = [...amr]
  session.loginTs = level.authTime
  const oneShot =
    requested.requirement.maxAgeSeconds === 0 || document.levels.lifetimeSeconds(level.acr) === 0
  markOneShot(ctx, oneShot)
  dateApproval(ctx, now)
  observe({
    ...about,
    type: 'authenticated',
    requirement: requested.requirement,
    acr: level.acr,
    amr,
    authTime: level.authTime,
    ...stepUpOf(ctx, proved, request),
  })
  return Check.NO_NEED_TO_PROMPT
}

/** The step-up that the browser comes back from. Its interaction began when it was asked for; another's result is older. */
function stepUpOf(
  { oidc }: KoaContextWithOIDC,
  proved: readonly AuthenticationEvent[],
  request: string | undefined,
): Pick<Extract<ProviderEvent, { type: 'authenticated' }>, 'stepUp'> {
  const { Interaction: interaction } = oidc.entities
  if (interaction?.prompt.name !== stepUpPrompt) return {}
  const last = proved.findLast((event) => event.request === request)
  return {
    stepUp: { askedAt: interaction.iat, ...(last === undefined ? {} : { method: last.method }) },
  }
}
