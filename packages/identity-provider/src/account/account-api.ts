import { evaluateToken } from '@newel/policy'
import {
  authenticationFromClaims,
  formatBearerError,
  formatStepUpChallenge,
  stepUpChallengeFor,
} from '@newel/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type JSONWebKeySet, type JWTPayload, createLocalJWKSet, jwtVerify } from 'jose'
import { fieldOf } from '../interaction/form-body.ts'
import type { InteractionDependencies } from '../interaction/interaction-dependencies.ts'
import { type InteractionDesk, createDesk } from '../interaction/interaction-visit.ts'
import { noteClient } from '../operations/request-facts.ts'
import { provenMethods } from '../session/reachable.ts'
import { sessionClaim, sessionReference } from '../session/session-reference.ts'
import {
  dropElevation,
  endOneSession,
  endSessions,
  listSessions,
  methodOf,
  recentEvents,
  removeAuthenticator,
  renameAuthenticator,
} from './account-changes.ts'
import { accountResource } from './account-resource.ts'
import { type AccountVisit, senderOf } from './account-visit.ts'
import { addableMethods } from './add-authenticator.ts'
import { type ApiResult, beginEnrolment, finishEnrolment, setPassword } from './api-enrolment.ts'
import { requirementForChange } from './fresh-proof.ts'
import { recoveryOf, stopRecovery } from './lost-factor.ts'

export const readScope = 'account:read'
export const writeScope = 'account:write'

type Answer = (visit: AccountVisit, request: FastifyRequest) => Promise<ApiResult>

/** Not the caller's mistake: to be tried again later. */
const laterReasons: Readonly<Record<string, number>> = {
  busy: 503,
  undeliverable: 503,
  throttled: 429,
  too_soon: 429,
}

/** The account pages' other door: the same functions, judged by an access token in the place of the session. */
export function registerAccountApi(
  app: FastifyInstance,
  dependencies: InteractionDependencies,
  /** Asked for every time: keys rotate. */
  publicKeys: () => JSONWebKeySet,
): void {
  const desk = createDesk(dependencies)
  const base = `${desk.basePath}/account/api`
  const answer =
    (scope: string, act: Answer) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
      const admitted = await admit(desk, request, publicKeys(), scope)
      if (!admitted.ok) return refuse(reply, admitted)
      noteClient(request.raw, String(admitted.claims['client_id']))
      const changed = await act(admitted.visit, request)
      if ('shown' in changed) return reply.code(changed.status ?? 200).send(changed.shown)
      if (changed.ok) return reply.code(204).send()
      if (changed.reason === 'proof_needed') return refuse(reply, proofNeeded(admitted))
      return reply.code(statusOf(changed.reason)).send({ error: changed.reason })
    }
  const post = (path: string, act: Answer): void => {
    app.post(`${base}${path}`, answer(writeScope, act))
  }
  app.get(base, answer(readScope, overview))
  post('/authenticators/:id/rename', async (visit, { params, body }) =>
    renameAuthenticator(visit, fieldOf(params, 'id') ?? '', fieldOf(body, 'label')),
  )
  post('/authenticators/:id/remove', async (visit, { params }) =>
    removeAuthenticator(visit, fieldOf(params, 'id') ?? ''),
  )
  post('/authenticators', beginEnrolment)
  post('/authenticators/enrolments/:id', finishEnrolment)
  post('/password', setPassword)
  post('/recovery/stop', async (visit) =>
    (await stopRecovery(visit)) ? { ok: true } : { ok: false, reason: 'unknown_recovery' },
  )
  // No session is at hand here, so the others are all of them.
  post('/sessions/end', async (visit) => endSessions(visit, 'others'))
  post('/sessions/:id/end', async (visit, { params }) =>
    endOneSession(visit, fieldOf(params, 'id') ?? ''),
  )
  post('/sessions/:id/drop', async (visit, { params }) =>
    dropElevation(visit, fieldOf(params, 'id') ?? ''),
  )
}

function statusOf(reason: string): number {
  return laterReasons[reason] ?? (reason.startsWith('unknown_') ? 404 : 422)
}

async function overview(visit: AccountVisit): Promise<ApiResult> {
  const sessions = await listSessions(visit)
  const events = await recentEvents(visit)
  const standing = await recoveryOf(visit)
  const shown = {
    authenticators: visit.credentials.map((credential) => ({
      id: credential.id,
      method: methodOf(credential),
      label: credential.label,
      createdAt: credential.createdAt,
      lastUsedAt: credential.lastUsedAt,
      ...(credential.method === 'email-code' ? { address: credential.data.address } : {}),
    })),
    addable: addableMethods(visit),
    ...(standing && {
      recovery: {
        lost: standing.lost.map(({ id }) => id),
        requestedAt: standing.recovery.requestedAt,
        readyAt: standing.recovery.readyAt,
        expiresAt: standing.recovery.expiresAt,
      },
    }),
    sessions: sessions.map((session) => ({
      id: session.reference,
      device: session.device,
      address: session.address,
      firstSeenAt: session.firstSeenAt,
      lastSeenAt: session.lastSeenAt,
      levels: session.levels.map(({ acr, authTime, heldUntil }) => ({ acr, authTime, heldUntil })),
    })),
    events: events.map(({ at, type, method, clientId, address, device }) => ({
      at,
      type,
      method,
      clientId,
      address,
      device,
    })),
  }
  return { shown }
}

type Admitted = { readonly ok: true; readonly visit: AccountVisit; readonly claims: JWTPayload }

interface Refused {
  readonly ok: false
  readonly status: 401 | 403
  readonly challenge: string
  readonly error: string
}

async function admit(
  desk: InteractionDesk,
  request: FastifyRequest,
  keys: JSONWebKeySet,
  scope: string,
): Promise<Admitted | Refused> {
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) {
    const challenge = formatBearerError({ scheme: 'Bearer' })
    return { ok: false, status: 401, challenge, error: 'missing_token' }
  }
  const now = desk.clock()
  const claims = await verified(desk, token, keys, now)
  // A machine's token has no user behind it: its `sub` is a client.
  const account = claims?.sub === undefined ? undefined : await desk.store.accounts.byId(claims.sub)
  if (
    claims === undefined ||
    account === undefined ||
    account.disabled ||
    !(await isAlive(desk, account.id, claims[sessionClaim]))
  ) {
    const challenge = formatBearerError({ scheme: 'Bearer', error: 'invalid_token' })
    return { ok: false, status: 401, challenge, error: 'invalid_token' }
  }
  const scopes = typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : []
  if (!scopes.includes(scope)) {
    const error = 'insufficient_scope'
    const challenge = formatBearerError({ scheme: 'Bearer', error, scope })
    return { ok: false, status: 403, challenge, error }
  }
  const { levels } = desk.document
  const credentials = await desk.store.credentials.forAccount(account.id)
  const visit: AccountVisit = {
    desk,
    account,
    credentials,
    now,
    proof: {
      levels,
      record: [],
      enrolled: provenMethods(desk.document, desk.authenticators, credentials),
      now,
    },
    isProved(asked) {
      const stated = authenticationFromClaims(claims)
      return stated.ok && evaluateToken(levels, asked, stated.authentication, { now }).satisfied
    },
    from: senderOf(desk, request),
  }
  return { ok: true, visit, claims }
}

/** A logout, also one of another device, ends what tokens of the session may do here, not only what they may renew. */
async function isAlive(desk: InteractionDesk, accountId: string, named: unknown): Promise<boolean> {
  const known = await desk.store.sessions.forAccount(accountId)
  const session = known.find(({ uid }) => sessionReference(uid) === named)
  if (session === undefined) return false
  const alive = await desk.provider().Session.findByUid(session.uid)
  return alive?.accountId === accountId
}

/** RFC 9068 §4. A token bound to a key needs the proof of that key, which this API does not read: refused. */
async function verified(
  desk: InteractionDesk,
  token: string,
  keys: JSONWebKeySet,
  now: number,
): Promise<JWTPayload | undefined> {
  const { issuer, clients } = desk.document
  const audience = accountResource(issuer)
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer,
      audience,
      typ: 'at+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['exp', 'sub', 'client_id'],
      currentDate: new Date(now * 1000),
    })
    const client = clients.find(({ id }) => id === payload['client_id'])
    const allowed = client?.resources.includes(audience) === true
    return allowed && payload['cnf'] === undefined ? payload : undefined
  } catch {
    // Foreign, expired, or no token at all: the answer is the same.
    return undefined
  }
}

/** RFC 9470 §3. */
function proofNeeded({ visit, claims }: Admitted): Refused {
  const requirement = requirementForChange(visit.proof)
  const stated = authenticationFromClaims(claims)
  if (requirement === undefined || !stated.ok) {
    const error = 'invalid_token'
    const challenge = formatBearerError({ scheme: 'Bearer', error })
    return { ok: false, status: 401, challenge, error }
  }
  const decision = evaluateToken(visit.proof.levels, requirement, stated.authentication, {
    now: visit.now,
  })
  const challenge = formatStepUpChallenge(
    stepUpChallengeFor(requirement, decision.satisfied ? [] : decision.unmet, {
      scheme: 'Bearer',
      scope: writeScope,
    }),
  )
  return { ok: false, status: 401, challenge, error: 'insufficient_user_authentication' }
}

async function refuse(reply: FastifyReply, refused: Refused): Promise<FastifyReply> {
  return reply
    .code(refused.status)
    .header('www-authenticate', refused.challenge)
    .send({ error: refused.error })
}
