import { evaluateToken } from '@newel/policy'
import type {
  Authentication,
  EpochSeconds,
  LevelOrder,
  Requirement,
  UnmetItem,
} from '@newel/policy'
import { isOneShotUse } from './one-shot.ts'
import type { RequirementTree, SimplePart } from './requirement.ts'
import type { VerifiedToken } from './verified-token.ts'

/** What a requirement is held against. */
export interface Holder {
  readonly order: LevelOrder
  readonly token: VerifiedToken
  readonly now: EpochSeconds
  /** For a provider that marks no one-shot tokens; see `TokenContext`. */
  readonly oneShotWindowSeconds: number | undefined
}

export type Holding = Met | Unmet

interface Met {
  readonly met: true
  /** What met it as a one-shot proof, so that it must be used up. Absent: it may be used again. */
  readonly usesUp: Authentication | undefined
}

export interface Unmet {
  readonly met: false
  /** Of the authentication. Empty: that is enough. */
  readonly unmet: readonly UnmetItem[]
  /** What to ask of the provider, where something of the authentication is unmet. */
  readonly asked: Requirement
  /** The scopes needed, where one of them lacks. Empty: those of the token are enough. */
  readonly scopes: readonly string[]
  /** A person is required, and the token does not speak for one directly. */
  readonly needsPerson: boolean
}

/** Hold a verified token to a requirement. */
export function holdRequirement(tree: RequirementTree, holder: Holder): Holding {
  if (tree.kind === 'simple') return holdSimple(tree, holder)
  return tree.kind === 'allOf' ? holdAll(tree, holder) : holdAny(tree, holder)
}

const met: Met = { met: true, usesUp: undefined }
const nothing: Requirement = { acrValues: [] }
const noScopes: readonly string[] = []

function holdSimple(
  { requirement, asksAuthentication, scopes }: SimplePart,
  holder: Holder,
): Holding {
  const { order, token, now, oneShotWindowSeconds } = holder
  const lacking = scopes.some((scope) => !token.scope.includes(scope)) ? scopes : noScopes
  const enough: Holding =
    lacking.length === 0
      ? met
      : { met: false, unmet: [], asked: nothing, scopes: lacking, needsPerson: false }
  if (!asksAuthentication) return enough
  if (token.isMachine) {
    return { met: false, unmet: [], asked: nothing, scopes: lacking, needsPerson: true }
  }
  let unmet: readonly UnmetItem[] | undefined
  let others = 0
  let authentication: Authentication | undefined = token.authentication
  for (; authentication; authentication = token.otherAuthentications[others++]) {
    const decision = evaluateToken(order, requirement, authentication, holder)
    if (!decision.satisfied) {
      unmet ??= decision.unmet
      continue
    }
    if (!enough.met) return enough
    const mayBeOneShot =
      authentication.oneShot === true ||
      requirement.maxAgeSeconds === 0 ||
      oneShotWindowSeconds !== undefined
    return mayBeOneShot && isOneShotUse(order, requirement, authentication, now)
      ? { met: true, usesUp: authentication }
      : met
  }
  return { met: false, unmet: unmet ?? [], asked: requirement, scopes: lacking, needsPerson: false }
}

function holdAll(
  tree: Extract<RequirementTree, { kind: 'allOf' | 'anyOf' }>,
  holder: Holder,
): Holding {
  const holdings = tree.parts.map((part) => holdRequirement(part, holder))
  const lacking = holdings.filter((holding) => !holding.met)
  if (lacking.length === 0) {
    return holdings.find((holding) => holding.met && holding.usesUp !== undefined) ?? met
  }
  return {
    met: false,
    unmet: lacking.flatMap(({ unmet }) => unmet),
    // Of the parts that are met, too: a new token must still meet those.
    asked: askedTogether(
      tree.parts.map((part) => askedBy(part, holder.order)),
      holder.order,
      lacking.map(({ asked }) => asked),
    ),
    scopes: lacking.some(({ scopes }) => scopes.length > 0) ? [...new Set(scopesOf(tree))] : [],
    needsPerson: lacking.some(({ needsPerson }) => needsPerson),
  }
}

function holdAny(
  tree: Extract<RequirementTree, { kind: 'allOf' | 'anyOf' }>,
  holder: Holder,
): Holding {
  const holdings = tree.parts.map((part) => holdRequirement(part, holder))
  const enough = holdings.filter((holding) => holding.met)
  // A proof that lasts is not used up where it is enough.
  const lasting = enough.find(({ usesUp }) => !usesUp) ?? enough[0]
  if (lasting) return lasting
  const lacking = holdings.filter((holding) => !holding.met)
  // Where a login of the person helps nobody, another part may still be one that it does.
  const [first = noPart, ...others] = lacking.filter(({ needsPerson }) => !needsPerson)
  if (first === noPart) return lacking[0] ?? noPart
  const alike = others.filter((other) => isAskedAlike(first, other))
  return {
    ...first,
    unmet: [...first.unmet, ...alike.flatMap(({ unmet }) => unmet)],
    asked: {
      ...first.asked,
      acrValues: [...new Set([first, ...alike].flatMap(({ asked }) => [...asked.acrValues]))],
    },
  }
}

const noPart: Unmet = { met: false, unmet: [], asked: nothing, scopes: [], needsPerson: true }

/** Whether one challenge can ask for either: RFC 9470 §3 has one age and one list of levels. */
function isAskedAlike(one: Unmet, other: Unmet): boolean {
  return (
    one.asked.acrValues.length > 0 &&
    other.asked.acrValues.length > 0 &&
    one.asked.maxAgeSeconds === other.asked.maxAgeSeconds &&
    one.scopes.join(' ') === other.scopes.join(' ')
  )
}

/** What a requirement asks of the provider, whatever the token states. */
export function askedBy(tree: RequirementTree, order: LevelOrder): Requirement {
  if (tree.kind === 'simple') return tree.requirement
  const parts = tree.parts.map((part) => askedBy(part, order))
  return tree.kind === 'allOf' ? askedTogether(parts, order) : (parts[0] ?? nothing)
}

/**
 * The levels each of which meets all parts, and the shortest age.
 *
 * @param lacking What is asked by the parts that are not met.
 */
function askedTogether(
  parts: readonly Requirement[],
  order: LevelOrder,
  lacking: readonly Requirement[] = parts,
): Requirement {
  const naming = parts.filter(({ acrValues }) => acrValues.length > 0)
  const meetsAll = (acr: string): boolean =>
    naming.every(({ acrValues }) => acrValues.some((asked) => order.satisfies(acr, asked)))
  const named = [...new Set(naming.flatMap(({ acrValues }) => [...acrValues]))]
  const fitting = named.filter(meetsAll)
  const acrValues =
    fitting.length > 0 || naming.length === 0 ? fitting : order.acrValues.filter(meetsAll)
  const ages = parts.flatMap(({ maxAgeSeconds }) => maxAgeSeconds ?? [])
  return {
    // No level meets all. A token may state several, one after the other: so the first that lacks is asked.
    acrValues: acrValues.length > 0 ? acrValues : firstNamed(lacking),
    ...(ages.length > 0 && { maxAgeSeconds: Math.min(...ages) }),
  }
}

function firstNamed(requirements: readonly Requirement[]): readonly string[] {
  return requirements.find(({ acrValues }) => acrValues.length > 0)?.acrValues ?? []
}

function scopesOf(tree: RequirementTree): readonly string[] {
  return tree.kind === 'simple' ? tree.scopes : tree.parts.flatMap(scopesOf)
}
