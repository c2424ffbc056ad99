import {
  type AuthenticationRecord,
  type DecisionContext,
  type HeldLevel,
  type Method,
  methodsThatCountAs,
} from '@newel/policy'

type FactorKind = 'knowledge' | 'possession' | 'inherence or knowledge'

interface MethodReference {
  /** RFC 8176 values. */
  readonly amr: readonly string[]
  readonly kinds: readonly FactorKind[]
}

const references: Readonly<Record<Method, MethodReference>> = {
  password: { amr: ['pwd'], kinds: ['knowledge'] },
  totp: { amr: ['otp'], kinds: ['possession'] },
  // A mailbox is opened by a password from anywhere: it is no second kind of factor (NIST SP 800-63B-4 §3.1.3.1).
  'email-code': { amr: ['otp'], kinds: [] },
  'recovery-code': { amr: ['otp'], kinds: ['possession'] },
  'security-key': { amr: ['hwk'], kinds: ['possession'] },
  // The key was used, and it verified its user: two kinds of factor in one proof.
  passkey: { amr: ['hwk', 'user'], kinds: ['possession', 'inherence or knowledge'] },
  // What another provider did is its own to tell; that it was another provider is ours. Never `pwd`.
  federated: { amr: ['fed'], kinds: [] },
}

/** The `amr` of a held level: what was really used for each of its methods, and `mfa` where it took two kinds of factor. */
export function amrOf(
  held: HeldLevel,
  record: AuthenticationRecord,
  context: DecisionContext,
): readonly string[] {
  const used = held.methods.map((method) => usedFor(method, record, context))
  const known = used.flatMap((method) => {
    const [family = ''] = method.split(':')
    return Object.hasOwn(references, family) ? (references[family] ?? []) : []
  })
  const values = new Set(known.flatMap(({ amr }) => amr))
  const kinds = new Set(known.flatMap((reference) => reference.kinds))
  if (kinds.size > 1) values.add('mfa')
  return [...values]
}

/** A passkey counts as a security key; the token tells of the passkey. */
function usedFor(method: Method, record: AuthenticationRecord, context: DecisionContext): Method {
  const counting = methodsThatCountAs(method)
  const events = record.filter(
    (event) => counting.includes(event.method) && event.at <= context.now,
  )
  const newest = events.reduce(
    (best, event) => (best === undefined || event.at > best.at ? event : best),
    events[0],
  )
  return newest?.method ?? method
}
