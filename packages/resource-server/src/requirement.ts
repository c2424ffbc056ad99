import { longestLifetimeSeconds } from '@newel/policy'
import type { Requirement } from '@newel/policy'
import { ResourceServerError } from './errors.ts'
import type { Refusal } from './refusal.ts'

/** What an action asks, as its author writes it. Members that are not listed here are refused, and so is `undefined`. */
export type RequirementDeclaration = SimpleRequirement | CombinedRequirement

interface NamedRequirement {
  /** The name under which code and audit speak of it. */
  readonly name?: string
  /**
   * Let through whoever has a valid token, and only report what the requirement would have refused (`observe`). To learn,
   * before it counts, whom it will meet. Default: `false`.
   */
  readonly reportOnly?: boolean
}

export interface SimpleRequirement extends NamedRequirement {
  /** Level, or levels any of which is enough, the preferred first. Absent: any level. */
  readonly acr?: string | readonly string[]
  /**
   * Oldest acceptable proof: seconds, or a number with a unit (`'90s'`, `'10m'`, `'1h'`, `'1d'`). Absent: any age that the
   * level's lifetime allows. `0`: a proof made for this very call, good once. 1 to 29 seconds are refused: no login is that
   * fast, and the client would loop (RFC 9470 §8).
   */
  readonly maxAge?: number | string
  /** Scopes that the token must all have. Absent: none. */
  readonly scope?: string | readonly string[]
  /** Bind the proof to the exact action. Refused for now, since nothing here could check it. */
  readonly transaction?: boolean
}

/** Several requirements as one. */
export type CombinedRequirement = NamedRequirement &
  (
    | {
        /** Each must be met, by the one token. */
        readonly allOf: readonly RequirementDeclaration[]
      }
    | {
        /** One is enough, the preferred first: it is what a challenge asks. */
        readonly anyOf: readonly RequirementDeclaration[]
      }
  )

/** A requirement checked and ready to be held against tokens. */
export interface CompiledRequirement {
  readonly name: string | undefined
  readonly reportOnly: boolean
  readonly parts: RequirementTree
  /** Every level that it names. */
  readonly acrValues: readonly string[]
  /** Answers made before: they depend on nothing but the requirement and the kind of what is unmet. */
  readonly answers: Map<string, Refusal>
}

export type RequirementTree =
  | SimplePart
  | { readonly kind: 'allOf' | 'anyOf'; readonly parts: readonly RequirementTree[] }

export interface SimplePart {
  readonly kind: 'simple'
  readonly requirement: Requirement
  /** Whether a person's authentication is asked at all. */
  readonly asksAuthentication: boolean
  readonly scopes: readonly string[]
}

/** The least time, in seconds, that a person needs to log in and the client to come back. */
export const shortestMaxAgeSeconds = 30

const simpleMembers = ['name', 'reportOnly', 'acr', 'maxAge', 'scope', 'transaction']
const combinedMembers = ['name', 'reportOnly', 'allOf', 'anyOf']
/** Deepest nesting of combined requirements, and most parts of one. What is larger is no requirement that a person reads. */
const limits = { depth: 4, parts: 64 } as const
// RFC 6749 appendix A.4: one value, without space, quotation mark or backslash. Acr values share the form.
const wireValue = /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/
const duration = /^([0-9]{1,9})([smhd])$/
const secondsPerUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/**
 * Check a declaration. `undefined`: no step-up is asked, a valid token is.
 *
 * @throws ResourceServerError `invalid_requirement`, `max_age_too_small`, `transaction_unsupported`. A mistake here would
 * otherwise be a door left open.
 */
export function compileRequirement(
  declaration: RequirementDeclaration | undefined,
): CompiledRequirement {
  if (declaration === undefined) return tokenOnly
  const parts = compileTree(declaration, 1)
  const { name, reportOnly } = declaration
  return {
    name,
    reportOnly: reportOnly ?? false,
    parts,
    acrValues: [...new Set(acrValuesOf(parts))],
    answers: new Map(),
  }
}

const anyToken: SimplePart = {
  kind: 'simple',
  requirement: { acrValues: [] },
  asksAuthentication: false,
  scopes: [],
}

const tokenOnly: CompiledRequirement = {
  name: undefined,
  reportOnly: false,
  parts: anyToken,
  acrValues: [],
  answers: new Map(),
}

function compileTree(declaration: RequirementDeclaration, depth: number): RequirementTree {
  if (!isPlainObject(declaration)) {
    throw invalid('a requirement must be a plain object, or `undefined` for a valid token alone')
  }
  const isCombined = 'allOf' in declaration || 'anyOf' in declaration
  checkMembers(declaration, isCombined ? combinedMembers : simpleMembers)
  const { name, reportOnly } = declaration
  if (name !== undefined && typeof name !== 'string') throw invalid('`name` must be a text')
  if (reportOnly !== undefined && typeof reportOnly !== 'boolean') {
    throw invalid('`reportOnly` must be `true` or `false`')
  }
  if (reportOnly === true && depth > 1) {
    throw invalid('`reportOnly` stands at the whole requirement, not at a part')
  }
  return isCombined ? compileCombined(declaration, depth) : compileSimple(declaration)
}

function checkMembers(declaration: RequirementDeclaration, members: readonly string[]): void {
  for (const [name, value] of Object.entries(declaration)) {
    if (!members.includes(name)) throw invalid(`a requirement has no member \`${name}\` here`)
    if (value === undefined)
      throw invalid(`\`${name}\` of a requirement is undefined; leave it out instead`)
  }
}

function compileCombined(declaration: CombinedRequirement, depth: number): RequirementTree {
  if ('allOf' in declaration && 'anyOf' in declaration) {
    throw invalid('`allOf` and `anyOf` exclude each other; nest one in the other')
  }
  const [kind, listed] =
    'allOf' in declaration
      ? (['allOf', declaration.allOf] as const)
      : (['anyOf', declaration.anyOf] as const)
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > limits.parts) {
    throw invalid(`\`${kind}\` must be a list of 1 to ${limits.parts} requirements`)
  }
  if (depth >= limits.depth) {
    throw invalid(`requirements are combined ${limits.depth} deep at most`)
  }
  const parts = listed.map((part: RequirementDeclaration) => compileTree(part, depth + 1))
  return { kind, parts }
}

function compileSimple({ name, acr, maxAge, scope, transaction }: SimpleRequirement): SimplePart {
  if (transaction !== undefined && typeof transaction !== 'boolean') {
    throw invalid('`transaction` must be `true` or `false`')
  }
  if (transaction === true) {
    throw new ResourceServerError(
      'transaction_unsupported',
      'a requirement with `transaction: true` cannot be checked here, and is not let through unchecked',
    )
  }
  const acrValues = acr === undefined ? [] : valueList('acr', acr)
  const maxAgeSeconds = maxAge === undefined ? undefined : parseMaxAge(maxAge)
  const scopes =
    scope === undefined
      ? []
      : valueList('scope', typeof scope === 'string' ? scope.split(' ') : scope)
  return {
    kind: 'simple',
    requirement: {
      ...(name !== undefined && { name }),
      acrValues,
      ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    },
    asksAuthentication: acrValues.length > 0 || maxAgeSeconds !== undefined,
    scopes,
  }
}

function acrValuesOf(tree: RequirementTree): readonly string[] {
  return tree.kind === 'simple' ? tree.requirement.acrValues : tree.parts.flatMap(acrValuesOf)
}

/** Most members of one list: the list goes into a header on every challenge. */
const mostValues = 32

function valueList(member: string, value: string | readonly string[]): readonly string[] {
  const values: unknown = typeof value === 'string' ? [value] : value
  if (!Array.isArray(values) || values.length === 0 || values.length > mostValues) {
    throw invalid(
      `\`${member}\` must be a value or a list of 1 to ${mostValues}; leave it out to ask none`,
    )
  }
  for (const each of values as unknown[]) {
    if (typeof each !== 'string' || !wireValue.test(each)) {
      throw invalid(
        `\`${member}\` must be visible ASCII without spaces, quotation marks and backslashes, not \`${String(each)}\``,
      )
    }
  }
  return [...new Set(values as string[])]
}

function parseMaxAge(value: number | string): number {
  const [, amount, unit = ''] = typeof value === 'string' ? (duration.exec(value) ?? []) : []
  const seconds =
    typeof value === 'number' ? value : Number(amount) * (secondsPerUnit[unit] ?? Number.NaN)
  if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > longestLifetimeSeconds) {
    throw invalid(
      `\`maxAge\` must be whole seconds from 0, or a number with \`s\`, \`m\`, \`h\` or \`d\`, not \`${String(value)}\``,
    )
  }
  if (seconds > 0 && seconds < shortestMaxAgeSeconds) {
    throw new ResourceServerError(
      'max_age_too_small',
      `a \`maxAge\` of ${seconds} seconds is over before a login is done; use 0 for one proof for each call, or at least ${shortestMaxAgeSeconds}`,
    )
  }
  // Adding 0 turns −0 into 0.
  return seconds + 0
}

/** A promise or a class's object has no members to see, and would read as a requirement that asks nothing. */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function invalid(message: string): ResourceServerError {
  return new ResourceServerError('invalid_requirement', message)
}
