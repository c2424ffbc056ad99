import { ClientError } from '../errors.ts'
import type { RequirementInput } from '../requirement.ts'
import { requirementFromInput } from '../requirement.ts'
import { beginAuthorization } from './authorization-request.ts'
import type { BffParts } from './bff-parts.ts'
import { callApi, type CallOptions, errorAnswer, loginAnswer } from './call-api.ts'
import { handleCallback } from './callback.ts'
import { Exchange } from './exchange.ts'
import { type BffGuard, createGuard } from './guard.ts'
import { LogoutTokens } from './logout-token.ts'
import { backChannelFailure, handleBackChannelLogout, handleLogout } from './logout.ts'
import { type BffOptions, settingsFrom } from './options.ts'
import { ParkedCalls } from './parked-calls.ts'
import { ParkedForms } from './parked-forms.ts'
import { ParkingPlaces } from './parking-places.ts'
import { Provider } from './provider.ts'
import { type ProxyOptions, type ProxyRoute, proxyRoute } from './proxy.ts'
import { refuse } from './refusal.ts'
import { handleResume } from './resume-page.ts'
import { askedReturnAddress, ownReturnAddress } from './return-address.ts'
import { noStore, refuseForeign } from './same-origin.ts'
import { describeSession, handleSession, type SessionDescription } from './session-description.ts'
import { Sessions } from './sessions.ts'
import { handleStepUp, handleStepUpWish } from './step-up-routes.ts'
import { StepUpRequests } from './step-up-requests.ts'
import { UsableTokens } from './usable-tokens.ts'

export interface BffLoginOptions extends RequirementInput {
  /** Where to come back to: of this origin or of `returnOrigins`. Default: what `return_to` says, or the page at hand. */
  readonly returnTo?: string
  /** OIDC Core §3.1.2.1, such as `login` to ask for the password even in a live session at the provider. */
  readonly prompt?: string
}

/** A backend that keeps the tokens of its pages. Every method takes the page's own request. */
export interface Bff {
  /** The app's origin, for adapters. */
  readonly origin: string
  /** Answer the routes below `basePath` and those of `proxy`. `undefined`: the request is the app's own. */
  handle(request: Request): Promise<Response | undefined>
  /**
   * Call an API with the session's token, for the page that sent `request`: its answer without what is not for pages; or
   * what the page must do first. The token is refreshed where it must be, once.
   *
   * Return the answer to the page, or give what you make of it to `respond`.
   *
   * @throws ClientError `configuration` for an address outside of `apiOrigins`
   */
  fetch(request: Request, url: string | URL, options?: CallOptions): Promise<Response>
  /** Send what comes below a path, such as `/api/*`, to an API. `target` stands for what is before the star. */
  proxy(pattern: string, target: string, options?: ProxyOptions): void
  /** Lead the browser to log in. */
  login(request: Request, options?: BffLoginOptions): Promise<Response>
  /**
   * Guard routes of the app's own by what the session has proved, as an API guards its own by the token. A page is led to
   * step up, a script is told to, and what a form has sent waits meanwhile. For the framework's `protect`.
   *
   * @throws ClientError `configuration` where it asks for nothing, or for an age that no login is fast enough for
   */
  require(requirement: RequirementInput): BffGuard
  /** Who is logged in. `undefined`: nobody. It does not keep the session alive. */
  session(request: Request): Promise<SessionDescription | undefined>
  /** An answer of the app's own, with the cookies that the calls made for `request` have changed. */
  respond(request: Request, response: Response): Response
}

type Route = (exchange: Exchange) => Promise<Response>

/** @throws ClientError `configuration` */
export function createBff(options: BffOptions): Bff {
  const settings = settingsFrom(options)
  const provider = new Provider(settings)
  const sessions = new Sessions(settings)
  const places = new ParkingPlaces(settings)
  const parts: BffParts = {
    settings,
    provider,
    sessions,
    tokens: new UsableTokens(settings, provider, sessions),
    requests: new StepUpRequests(settings),
    parked: new ParkedCalls(settings, places),
    forms: new ParkedForms(settings, places),
  }
  const routes = routesOf(parts)
  const proxies: ProxyRoute[] = []
  // Several calls for one request share its session, and the last word on its cookies.
  const exchanges = new WeakMap<Request, Exchange>()
  const exchangeOf = (request: Request): Exchange => {
    const known = exchanges.get(request)
    if (known) return known
    const exchange = new Exchange(settings, request)
    exchanges.set(request, exchange)
    return exchange
  }
  const answerOf = async (exchange: Exchange): Promise<Response | undefined> => {
    const methods = routes[exchange.url.pathname]
    if (methods) {
      const route = methods[exchange.request.method]
      if (route) return route(exchange)
      const allow = Object.keys(methods).join(', ')
      return new Response(null, { status: 405, headers: { ...noStore, allow } })
    }
    for (const proxy of proxies) {
      const answer = await proxy(exchange)
      if (answer) return answer
    }
    return undefined
  }
  return {
    origin: settings.origin,
    async handle(request) {
      const exchange = exchangeOf(request)
      return finished(parts, exchange, () => answerOf(exchange))
    },
    async fetch(request, url, callOptions) {
      const exchange = exchangeOf(request)
      return finished(parts, exchange, () => callApi(parts, exchange, url, callOptions))
    },
    proxy(pattern, target, proxyOptions) {
      proxies.push(proxyRoute(parts, pattern, target, proxyOptions))
    },
    async login(request, loginOptions) {
      const exchange = exchangeOf(request)
      return finished(parts, exchange, () => login(parts, exchange, loginOptions))
    },
    require: (requirement) => createGuard(parts, exchangeOf, requirement),
    async session(request) {
      const held = await sessions.load(exchangeOf(request), false)
      return held && describeSession(parts, held.record)
    },
    respond: (request, response) => exchangeOf(request).respond(response),
  }
}

/** The answer with the cookies of the exchange, or what is told where the store is away: then no cookie changes. */
async function finished<Answer extends Response | undefined>(
  parts: BffParts,
  exchange: Exchange,
  work: () => Promise<Answer>,
): Promise<Answer | Response> {
  try {
    const answer = await work()
    await parts.sessions.settle(exchange)
    return answer && exchange.respond(answer)
  } catch (error) {
    if (error instanceof ClientError && error.code === 'store_unusable') {
      return errorAnswer(parts, exchange, error)
    }
    throw error
  }
}

/** Every route, by its path and method. */
function routesOf(parts: BffParts): Readonly<Record<string, Readonly<Record<string, Route>>>> {
  const { settings, provider } = parts
  const logoutTokens = new LogoutTokens(settings, provider)
  const own =
    (route: (parts: BffParts, exchange: Exchange) => Promise<Response>): Route =>
    async (exchange) =>
      refuseForeign(settings, exchange) ?? route(parts, exchange)
  const path = (name: string) => `${settings.basePath}/${name}`
  return {
    [path('login')]: { GET: (exchange) => login(parts, exchange) },
    // What it may do is bound to the cookie of the browser that asked.
    [path('callback')]: { GET: (exchange) => handleCallback(parts, exchange) },
    [path('session')]: { GET: own(handleSession) },
    [path('step-up')]: { GET: own(handleStepUp), POST: own(handleStepUpWish) },
    [path('call')]: { GET: own(handleCall) },
    [path('resume')]: { GET: own(handleResume) },
    [path('logout')]: { POST: own(handleLogout) },
    // Comes from the provider, not from a page: the token speaks for itself.
    [path('back-channel-logout')]: {
      POST: (exchange) =>
        handleBackChannelLogout(parts, logoutTokens, exchange).catch(backChannelFailure),
    },
  }
}

async function login(
  parts: BffParts,
  exchange: Exchange,
  { returnTo, prompt, ...asked }: BffLoginOptions = {},
): Promise<Response> {
  const { settings, provider } = parts
  const input = { ...settings.login, ...asked }
  const asks = input.acr !== undefined || input.maxAge !== undefined
  const back =
    returnTo === undefined
      ? askedReturnAddress(settings, exchange)
      : ownReturnAddress(settings, returnTo)
  try {
    return await beginAuthorization(settings, provider, exchange, {
      purpose: 'login',
      ...(asks ? { requirement: requirementFromInput(input) } : {}),
      ...(prompt === undefined ? {} : { prompt }),
      returnTo: back,
    })
  } catch (error) {
    if (error instanceof ClientError && error.code === 'login_required') throw error
    return errorAnswer(parts, exchange, error)
  }
}

/** `GET …/call?id=…`: what the API answered to a call that was parked. */
async function handleCall(parts: BffParts, exchange: Exchange): Promise<Response> {
  const held = await parts.sessions.load(exchange)
  if (!held) return loginAnswer(parts, exchange)
  const id = exchange.url.searchParams.get('id') ?? ''
  const answer = await parts.parked.answer(held.record, id)
  return answer ?? refuse(parts.settings, exchange, 'answer_unknown', 404)
}
