import { ClientError } from '../errors.ts'
import { requirementFromInput } from '../requirement.ts'
import { beginAuthorization } from './authorization-request.ts'
import type { BffParts } from './bff-parts.ts'
import { errorAnswer, loginAnswer } from './call-api.ts'
import { stepUpAnswer } from './challenge-answer.ts'
import type { Exchange } from './exchange.ts'
import { readBody } from './read-body.ts'
import { redirect } from './redirect.ts'
import {
  askedReturnAddress,
  errorParameter,
  returnAddress,
  withParameter,
} from './return-address.ts'
import { noStore } from './same-origin.ts'

/** `GET …/step-up?id=…`: to the provider, with what was kept under the id. */
export async function handleStepUp(parts: BffParts, exchange: Exchange): Promise<Response> {
  const { settings, provider, sessions, requests } = parts
  const held = await sessions.load(exchange)
  if (!held) return loginAnswer(parts, exchange)
  const id = exchange.url.searchParams.get('id') ?? ''
  const request = await requests.find(held.record, id)
  if (!request) {
    const back = askedReturnAddress(settings, exchange)
    return redirect(withParameter(settings, back, errorParameter, 'transaction_unknown'))
  }
  const asked = exchange.url.searchParams.get('return_to')
  const returnTo = (asked === null ? undefined : returnAddress(settings, asked)) ?? request.returnTo
  // Another tab has made it: both go on.
  if (request.done) return redirect(returnTo)
  const { loginId, tokens } = held.record
  try {
    return await beginAuthorization(settings, provider, exchange, {
      purpose: 'step_up',
      requirement: request.requirement,
      subject: tokens.subject,
      loginId,
      key: tokens.key,
      addedScope: `${tokens.scope} ${request.scope ?? ''}`,
      returnTo,
      pendingId: id,
    })
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    settings.emit({ type: 'error', error })
    return redirect(withParameter(settings, returnTo, errorParameter, error.code))
  }
}

const mostWishBytes = 4096

/** `POST …/step-up` with `{ acr, maxAge, returnTo }`: a page that knows what its action needs asks before the click. */
export async function handleStepUpWish(parts: BffParts, exchange: Exchange): Promise<Response> {
  const { settings, sessions } = parts
  const held = await sessions.load(exchange)
  if (!held) return loginAnswer(parts, exchange)
  const body = await readBody(exchange.request, mostWishBytes)
  const { acr, maxAge, returnTo } = (body && parsed(new TextDecoder().decode(body))) ?? {}
  try {
    const requirement = requirementFromInput({
      ...(isAcr(acr) ? { acr } : {}),
      ...(typeof maxAge === 'number' ? { maxAge } : {}),
    })
    const back = typeof returnTo === 'string' ? returnAddress(settings, returnTo) : undefined
    const wish = { requirement, returnTo: back ?? askedReturnAddress(settings, exchange) }
    return await stepUpAnswer(parts, held.record, wish, 200)
  } catch (error) {
    if (error instanceof ClientError && error.code === 'configuration') {
      return Response.json({ error: error.code }, { status: 400, headers: noStore })
    }
    return errorAnswer(parts, exchange, error)
  }
}

function isAcr(value: unknown): value is string | readonly string[] {
  return (
    typeof value === 'string' ||
    (Array.isArray(value) && value.every((item) => typeof item === 'string'))
  )
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
