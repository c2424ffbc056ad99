import { createHash } from 'node:crypto'
import type { Requirement } from '@newel/policy'
import { authorizationParameters } from '@newel/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkForm, fieldOf } from '../interaction/form-body.ts'
import type { InteractionDependencies } from '../interaction/interaction-dependencies.ts'
import { type InteractionDesk, createDesk } from '../interaction/interaction-visit.ts'
import { Refusal } from '../interaction/refusal.ts'
import { setSecurityHeaders } from '../interaction/security-headers.ts'
import { pageFrame, sendErrorPage, sendPage } from '../interaction/send-page.ts'
import { randomId } from '../secrets/index.ts'
import type { InteractionState } from '../store/index.ts'
import {
  type Changed,
  dropElevation,
  endOneSession,
  endSessions,
  isLastWay,
  listSessions,
  mayChange,
  recentEvents,
  removeAuthenticator,
  renameAuthenticator,
} from './account-changes.ts'
import { accountCallback, accountClientId } from './account-client.ts'
import { type AccountExchange, frameOf, send, toAccount } from './account-exchange.ts'
import { type AccountVisit, openAccountVisit } from './account-visit.ts'
import {
  addableMethods,
  answerAdding,
  answerPassword,
  cancelAdding,
  isAddable,
  showAdding,
} from './add-authenticator.ts'
import { requirementForChange } from './fresh-proof.ts'
import {
  answerLinking,
  beginLinking,
  confirmLinking,
  linkableUpstreams,
  showLinking,
  showLinkStart,
  upstreamToLink,
} from './link-upstream.ts'
import {
  answerLostCode,
  chooseLost,
  completeRecovery,
  losable,
  lostFactorOf,
  recoveryOf,
  sendLostCode,
  showLost,
  stopRecovery,
} from './lost-factor.ts'
import { accountNotices } from './pages/account-layout.ts'
import { accountPage } from './pages/account-page.ts'
import { authenticatorPage } from './pages/authenticator-page.ts'
import { leftPage } from './pages/left-page.ts'
import { lostSection } from './pages/lost-pages.ts'
import { passwordPage } from './pages/password-page.ts'
import { sessionPage, sessionsPage } from './pages/session-pages.ts'

type Handler = (exchange: AccountExchange) => Promise<void>

/** The account pages, below the path of the issuer. */
export function registerAccountRoutes(
  app: FastifyInstance,
  dependencies: InteractionDependencies,
): void {
  const desk = createDesk(dependencies)
  const base = `${desk.basePath}/account`
  const get = (path: string, handler: Handler): void => {
    app.get(`${base}${path}`, async (request, reply) => exchanged(desk, request, reply, handler))
  }
  /** A page that leads to a change: the proof comes before the person fills anything in. */
  const getProved = (path: string, handler: Handler): void => {
    get(path, async (exchange) => (mayChange(exchange.visit) ? handler(exchange) : prove(exchange)))
  }
  const post = (path: string, handler: Handler): void => {
    app.post(`${base}${path}`, async (request, reply) =>
      exchanged(desk, request, reply, async (exchange) => {
        checkForm({ request, state: exchange.state, desk })
        return handler(exchange)
      }),
    )
  }
  get('', showAccount)
  // Whoever types the provider's name alone.
  for (const root of new Set([`${desk.basePath}/`, desk.basePath || '/'])) {
    app.get(root, async (_request, reply) => reply.redirect(base))
  }
  app.get(`${base}/callback`, async (request, reply) => returned(desk, request, reply, base))
  getProved('/authenticators/:id', showAuthenticator)
  post('/authenticators/:id/rename', async (exchange) => {
    const { visit, request } = exchange
    const label = fieldOf(request.body, 'label')
    return changed(exchange, await renameAuthenticator(visit, idOf(exchange), label))
  })
  post('/authenticators/:id/remove', async (exchange) =>
    changed(exchange, await removeAuthenticator(exchange.visit, idOf(exchange))),
  )
  get('/add', async (exchange) => {
    // Nobody is asked for a proof of what is not to be had.
    if (!isAddable(exchange)) return toAccount(exchange)
    return mayChange(exchange.visit) ? showAdding(exchange) : prove(exchange)
  })
  post('/add', async (exchange) =>
    mayChange(exchange.visit) ? answerAdding(exchange) : prove(exchange),
  )
  post('/add/cancel', cancelAdding)
  get('/link/:upstream', async (exchange) => {
    if (upstreamToLink(exchange) === undefined) return toAccount(exchange)
    return mayChange(exchange.visit) ? showLinkStart(exchange) : prove(exchange)
  })
  getProved('/link/:upstream/go', beginLinking)
  get('/link/:upstream/return', answerLinking)
  getProved('/link/:upstream/confirm', showLinking)
  post('/link/:upstream/confirm', async (exchange) =>
    mayChange(exchange.visit) ? confirmLinking(exchange) : prove(exchange),
  )
  get('/lost', async (exchange) => showLost(exchange, prove))
  post('/lost', async (exchange) => chooseLost(exchange, prove))
  post('/lost/send', async (exchange) => sendLostCode(exchange, prove))
  post('/lost/code', async (exchange) => answerLostCode(exchange, prove))
  post('/lost/stop', async (exchange) =>
    toAccount(exchange, (await stopRecovery(exchange.visit)) ? 'done' : undefined),
  )
  post('/lost/finish', async (exchange) => completeRecovery(exchange, prove))
  getProved('/password', async (exchange) => {
    const { visit } = exchange
    send(exchange, passwordPage({ ...frameOf(exchange), credentials: visit.credentials }))
  })
  post('/password', async (exchange) =>
    mayChange(exchange.visit) ? answerPassword(exchange) : prove(exchange),
  )
  getProved('/sessions', async (exchange) => {
    send(exchange, sessionsPage(frameOf(exchange)))
  })
  post('/sessions', async (exchange) => {
    const which = fieldOf(exchange.request.body, 'which') === 'all' ? 'all' : 'others'
    return changed(exchange, await endSessions(exchange.visit, which))
  })
  get('/sessions/:id', showSession)
  post('/sessions/:id/end', async (exchange) =>
    changed(exchange, await endOneSession(exchange.visit, idOf(exchange))),
  )
  post('/sessions/:id/drop', async (exchange) =>
    changed(exchange, await dropElevation(exchange.visit, idOf(exchange))),
  )
}

async function showAccount(exchange: AccountExchange): Promise<void> {
  const { visit, request } = exchange
  const stated = fieldOf(request.query, 'notice')
  const notice = accountNotices.find((known) => known === stated)
  const recovery = await recoveryOf(visit)
  const reportable = lostFactorOf(visit) !== undefined && losable(visit).length > 0
  const page = accountPage({
    ...frameOf(exchange),
    ...(recovery === undefined && !reportable
      ? {}
      : {
          lost: (frame) => lostSection(frame, recovery && { ...recovery.recovery, ...recovery }),
        }),
    ...(notice === undefined ? {} : { notice }),
    linkable: linkableUpstreams(visit).map(({ id, name }) => ({ id, name })),
    credentials: visit.credentials,
    addable: addableMethods(visit),
    sessions: await listSessions(visit),
    events: await recentEvents(visit),
    now: visit.now,
  })
  send(exchange, page)
}

async function showAuthenticator(exchange: AccountExchange): Promise<void> {
  return authenticatorOf(exchange)
}

async function authenticatorOf(
  exchange: AccountExchange,
  refused?: Extract<Changed, { ok: false }>,
): Promise<void> {
  const { visit } = exchange
  const id = idOf(exchange)
  const credential = visit.credentials.find((known) => known.id === id)
  if (credential === undefined) return toAccount(exchange)
  const page = authenticatorPage({
    ...frameOf(exchange),
    ...(refused === undefined ? {} : { refusal: refused.reason }),
    credential,
    removable: !isLastWay(visit, visit.credentials, id),
  })
  return send(exchange, page, refused === undefined ? 200 : 422)
}

async function showSession(exchange: AccountExchange): Promise<void> {
  const reference = idOf(exchange)
  const session = (await listSessions(exchange.visit)).find((one) => one.reference === reference)
  if (session === undefined) return toAccount(exchange)
  if (!session.current && !mayChange(exchange.visit)) return prove(exchange)
  return send(exchange, sessionPage({ ...frameOf(exchange), session }))
}

async function changed(exchange: AccountExchange, result: Changed): Promise<void> {
  if (result.ok) return toAccount(exchange, 'done')
  if (result.reason === 'proof_needed') return prove(exchange)
  const isOfOne = result.reason === 'invalid_label' || result.reason === 'last_way_to_sign_in'
  return isOfOne ? authenticatorOf(exchange, result) : toAccount(exchange)
}

/** Sends the person through the provider's own step-up, and back to the page that leads to the change. */
function prove(
  exchange: AccountExchange,
  requirement = requirementForChange(exchange.visit.proof),
): void {
  const { visit, request, reply, base } = exchange
  if (requirement === undefined) throw new Refusal(403, 'invalid_request')
  ask(visit.desk, reply, returnTo(request, base), requirement)
}

/** The built-in relying party's authorization request; whom it asks for what is judged there, as for every other. */
function ask(
  desk: InteractionDesk,
  reply: FastifyReply,
  state: string,
  requirement: Requirement,
): void {
  const parameters = new URLSearchParams({
    client_id: accountClientId,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: accountCallback(desk.document.issuer),
    // The code is never redeemed, since the record says all that is asked here: nobody has the verifier.
    code_challenge: createHash('sha256').update(randomId(desk.random)).digest('base64url'),
    code_challenge_method: 'S256',
    state,
    nonce: randomId(desk.random),
    ...authorizationParameters(requirement),
  })
  void reply.redirect(`${desk.basePath}/authorize?${parameters.toString()}`, 303)
}

/** Where a person is sent after a proof: pages of the account alone, whatever the address says. */
const returnable =
  /^(?:|\/add\?method=[a-z-]{1,32}|\/link\/[a-z0-9-]{1,32}(?:\/confirm)?|\/password|\/lost|\/sessions|\/(?:sessions|authenticators)\/[\w-]{1,64})$/

function returnTo(request: FastifyRequest, base: string): string {
  const path = request.url
    .slice(base.length)
    .replace(/\/(?:rename|remove|end|drop|cancel|go|send|code)$/, '')
  return returnable.test(path) ? path : ''
}

async function returned(
  desk: InteractionDesk,
  request: FastifyRequest,
  reply: FastifyReply,
  base: string,
): Promise<FastifyReply> {
  const code = fieldOf(request.query, 'code')
  if (code !== undefined) await spend(desk, code)
  const state = fieldOf(request.query, 'state') ?? ''
  const path = returnable.test(state) ? state : ''
  if (fieldOf(request.query, 'error') === undefined) return reply.redirect(`${base}${path}`, 303)
  if ((await openAccountVisit(desk, request, reply)) !== undefined) {
    return reply.redirect(`${base}?notice=unconfirmed`, 303)
  }
  sendPage(
    { desk, request, reply, params: {} },
    leftPage({ ...pageFrame(desk, request), base }),
    403,
  )
  return reply
}

async function spend({ provider }: InteractionDesk, value: string): Promise<void> {
  const code = await provider().AuthorizationCode.find(value)
  if (code?.clientId === accountClientId) await code.destroy()
}

async function exchanged(
  desk: InteractionDesk,
  request: FastifyRequest,
  reply: FastifyReply,
  handler: Handler,
): Promise<FastifyReply> {
  const base = `${desk.basePath}/account`
  try {
    const visit = await openAccountVisit(desk, request, reply)
    // Signed in is who still holds something; a session that holds nothing any more proves itself again.
    if (visit === undefined || !visit.isProved({ acrValues: [] })) {
      ask(desk, reply, returnTo(request, base), { acrValues: [] })
    } else {
      await handler({ visit, request, reply, state: await stateOf(visit), base })
    }
  } catch (error) {
    if (!(error instanceof Refusal)) {
      setSecurityHeaders(reply, undefined)
      throw error
    }
    sendErrorPage(desk, reply, error.page, error.status)
  }
  return reply
}

/** One for each session of the provider and person. Use prolongs a session past its first lifetime, so it is made anew then. */
async function stateOf({
  desk,
  sessionUid,
  account,
  now,
}: AccountVisit): Promise<InteractionState> {
  const id = JSON.stringify(['account', sessionUid ?? '', account.id])
  const expiresAt = now + desk.document.session.lifetimeSeconds
  try {
    return await desk.states.open(id, account.id, now, expiresAt)
  } catch (error) {
    // Expired, and not tidied away yet.
    if (!(error instanceof Refusal)) throw error
    await desk.store.interactions.remove(id)
    return desk.states.open(id, account.id, now, expiresAt)
  }
}

function idOf({ request }: AccountExchange): string {
  return fieldOf(request.params, 'id') ?? ''
}
