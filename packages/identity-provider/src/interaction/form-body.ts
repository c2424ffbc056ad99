import { timingSafeEqual } from 'node:crypto'
import type { Method } from '@newel/policy'
import type { Json } from '../store/index.ts'
import { Refusal } from './refusal.ts'
import type { InteractionVisit } from './interaction-visit.ts'

/** A field that was posted once. Repeated or absent: undefined. */
export function fieldOf(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined
  const value: unknown = Reflect.get(body, name)
  return typeof value === 'string' ? value : undefined
}

/**
 * The method that was named. It goes back into addresses, and what cannot be the name of one does not: absent, as where it is
 * not there.
 */
export function methodIn(source: unknown): Method | undefined {
  const method = fieldOf(source, 'method')
  return method !== undefined && /^[\w:./-]{1,200}$/.test(method) ? method : undefined
}

/** @throws Refusal where the form is not one of this interaction's pages, or was sent by another site. */
export function checkForm({
  request,
  state,
  desk,
}: Pick<InteractionVisit, 'request' | 'state' | 'desk'>): void {
  const { origin } = request.headers
  const ours = new URL(desk.document.issuer).origin
  if (origin !== undefined && origin !== ours) throw new Refusal(403, 'form_expired')
  if (!isEqual(fieldOf(request.body, 'csrf_token') ?? '', state.csrfToken)) {
    throw new Refusal(403, 'form_expired')
  }
}

function isEqual(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** What the person answered to a question about `method`. Undefined: the field was left empty. */
export function answerIn(body: unknown, method: Method): Json | undefined {
  // While an address is set up, it is asked before its code.
  const address = method === 'email-code' ? fieldOf(body, 'address') : undefined
  if (address !== undefined) return { address }
  if (method === 'email-code' && fieldOf(body, 'another') !== undefined) return { another: true }
  const name =
    method === 'password'
      ? 'password'
      : method === 'passkey' || method === 'security-key'
        ? 'webauthn_response'
        : 'code'
  const text = fieldOf(body, name)
  if (text === undefined || text === '') return undefined
  return name === 'webauthn_response' ? parsed(text) : text
}

/** What is no JSON goes on as the text it is, which the authenticator calls malformed. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
