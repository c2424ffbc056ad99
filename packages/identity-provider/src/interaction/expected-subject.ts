import type { InteractionVisit } from './interaction-visit.ts'

/**
 * Whom the request asks for, by `id_token_hint` (OIDC Core §3.1.2.1) or the `sub` of its `claims` (§5.5.1). The library
 * has verified the hint; here it is only read.
 */
export function expectedSubject(visit: Pick<InteractionVisit, 'params'>): string | undefined {
  const { params } = visit
  const fromHint = hintedSubject(visit)
  if (fromHint !== undefined) return fromHint
  const claims = typeof params['claims'] === 'string' ? parsed(params['claims']) : params['claims']
  const value = member(member(member(claims, 'id_token'), 'sub'), 'value')
  return typeof value === 'string' ? value : undefined
}

/** Of `id_token_hint` alone: we once told its holder who this is. */
export function hintedSubject({ params }: Pick<InteractionVisit, 'params'>): string | undefined {
  const subject = member(payloadOf(params['id_token_hint']), 'sub')
  return typeof subject === 'string' ? subject : undefined
}

function payloadOf(token: unknown): unknown {
  if (typeof token !== 'string') return undefined
  return parsed(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return Reflect.get(value, name)
}
