import type { RuleRequest } from '@newel/policy'
import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js'
import { measure } from './request-size.ts'

/** Longest condition, in UTF-16 units. */
export const maxConditionLength = 1000

/** Most values, and most characters of text, in a request that a condition with a loop is held against. */
export const maxLoopValues = 1000
export const maxLoopCharacters = 65_536

export type ConditionErrorCode =
  /** The request lacks what the condition reads. */
  | 'missing_request_field'
  /** The request is too large for a condition that loops over it. */
  | 'request_too_large'
  /** The answer is not `true` or `false`. */
  | 'not_boolean'
  /** The expression failed: a missing key, two types that do not compare. */
  | 'evaluation_failed'

/** A condition could not be decided: the rule that holds it is undecidable. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError'
  readonly code: ConditionErrorCode

  constructor(code: ConditionErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export type Condition = (request: RuleRequest) => boolean

export type ConditionResult =
  | { readonly ok: true; readonly condition: Condition }
  | {
      readonly ok: false
      readonly code: 'invalid_condition' | 'condition_too_complex'
      readonly message: string
      readonly mend: string
      /** UTF-16 units from the start of the expression. */
      readonly offset: number
    }

const requestFields = ['method', 'host', 'path', 'query', 'headers', 'body'] as const
type RequestField = (typeof requestFields)[number]

const loops = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])

const environment = createEnvironment()

/** Parse and type-check a CEL expression over `request`. */
export function compileCondition(text: string): ConditionResult {
  if (text.length > maxConditionLength) {
    return {
      ok: false,
      code: 'condition_too_complex',
      message: `the condition is longer than ${maxConditionLength} characters`,
      mend: 'decide it in code, with a requirement computed from the request',
      offset: 0,
    }
  }
  const parsed = parse(text)
  if (!parsed.ok) return parsed
  const { expression } = parsed
  const reading = new AstReading()
  reading.visit(expression.ast, false)
  if (reading.refusal !== undefined) return reading.refusal
  const checked = expression.check()
  if (!checked.valid || (checked.type !== 'bool' && checked.type !== 'dyn')) {
    const summary =
      checked.error?.summary ?? `the condition is a ${checked.type}, not true or false`
    return refuse(summary, mendTypes(checked.error?.code), checked.error?.range?.start)
  }
  return { ok: true, condition: conditionOf(expression, reading.fields, reading.loops) }
}

function conditionOf(
  expression: ParseResult,
  fields: ReadonlySet<RequestField>,
  looping: boolean,
): Condition {
  return (request) => {
    for (const field of fields) {
      // `has(request.body.amount)` is false on a body that nobody read: that must not pass for a small amount.
      if (request[field] === undefined) {
        throw new ConditionError(
          'missing_request_field',
          `the request has no \`${field}\` to judge`,
        )
      }
    }
    if (looping && !measure(request, fields, maxLoopValues, maxLoopCharacters)) {
      throw new ConditionError('request_too_large', 'the request is too large to loop over')
    }
    let answer: unknown
    try {
      answer = expression({ request })
    } catch (cause) {
      throw new ConditionError('evaluation_failed', 'the condition could not be evaluated', cause)
    }
    if (typeof answer === 'boolean') return answer
    throw new ConditionError('not_boolean', 'the condition is neither true nor false')
  }
}

function createEnvironment(): Environment {
  const created = new Environment({
    unlistedVariablesAreDyn: false,
    limits: { maxAstNodes: 200, maxDepth: 24, maxListElements: 100, maxMapEntries: 50 },
  }).registerVariable({
    name: 'request',
    schema: {
      method: 'string',
      host: 'string',
      path: 'string',
      query: 'map<string, string>',
      headers: 'map<string, string>',
      body: 'dyn',
    },
  })
  // JSON has one kind of number, which is a double here; `request.body.amount * 2` must not depend on writing `2.0`.
  // The type of the result is stated: without it `2 * x == 2000` would compare as integers, and be false.
  const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  }
  for (const [operator, compute] of Object.entries(arithmetic)) {
    const handler = (a: number | bigint, b: number | bigint): number =>
      compute(Number(a), Number(b))
    created.registerOperator(`double ${operator} int: double`, handler)
    created.registerOperator(`int ${operator} double: double`, handler)
  }
  return created
}

type Refusal = Extract<ConditionResult, { ok: false }>

/** What an expression reads and whether it loops; refuses what has no bound on its cost. */
class AstReading {
  readonly fields = new Set<RequestField>()
  loops = false
  refusal: Refusal | undefined

  visit(node: ASTNode, inLoop: boolean): void {
    if (this.refusal !== undefined) return
    if (node.op === '.' || node.op === '.?') {
      const [target, name] = node.args
      if (target.op === 'id' && target.args === 'request') {
        // An unknown field is left to the type check, which names it.
        const field = requestFields.find((known) => known === name)
        if (field !== undefined) this.fields.add(field)
        return
      }
    }
    if (node.op === 'id' && node.args === 'request') {
      this.refusal = refuse(
        '`request` stands alone',
        `name a field of it: ${requestFields.map((field) => `\`request.${field}\``).join(', ')}`,
        node.start,
      )
      return
    }
    if (node.op === 'call' || node.op === 'rcall') {
      const [name] = node.args
      if (name === 'matches') {
        this.refusal = refuse(
          '`matches` is not available: a regular expression can take exponential time on hostile text',
          'use `==`, `startsWith`, `endsWith`, `contains` or `in`',
          node.start,
        )
        return
      }
      if (node.op === 'rcall' && loops.has(name)) {
        if (inLoop) {
          this.refusal = {
            ...refuse(`\`${name}\` stands inside another loop`, 'use one loop', node.start),
            code: 'condition_too_complex',
          }
          return
        }
        this.loops = true
        // What is looped over is computed once, before the loop.
        this.visit(node.args[1], inLoop)
        for (const child of node.args[2]) this.visit(child, true)
        return
      }
    }
    for (const child of childrenOf(node.args)) this.visit(child, inLoop)
  }
}

function childrenOf(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf)
  return isNode(args) ? [args] : []
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value
}

type Parsed = { readonly ok: true; readonly expression: ParseResult } | Refusal

function parse(text: string): Parsed {
  if (text.trim() === '')
    return refuse('the condition is empty', 'remove `when` for a rule without one', 0)
  try {
    return { ok: true, expression: environment.parse(text) }
  } catch (error) {
    const { code, summary, start } = parseFailure(error)
    if (code === 'limit_exceeded') {
      return {
        ok: false,
        code: 'condition_too_complex',
        message: `the condition is too complex: ${summary}`,
        mend: 'decide it in code, with a requirement computed from the request',
        offset: start,
      }
    }
    return refuse(summary, 'write a CEL expression such as `request.body.amount >= 1000`', start)
  }
}

function parseFailure(error: unknown): { code: string; summary: string; start: number } {
  const failure: { code?: unknown; summary?: unknown; range?: { start?: unknown } } =
    typeof error === 'object' && error !== null ? error : {}
  return {
    code: typeof failure.code === 'string' ? failure.code : 'unexpected_token',
    summary:
      typeof failure.summary === 'string' ? failure.summary : 'the expression cannot be read',
    start: typeof failure.range?.start === 'number' ? failure.range.start : 0,
  }
}

function refuse(summary: string, mend: string, offset: number | undefined): Refusal {
  const message = summary
    .replaceAll(/\s+/g, ' ')
    .replaceAll("'", '`')
    .replaceAll('$request', 'request')
  return {
    ok: false,
    code: 'invalid_condition',
    message: message.charAt(0).toLowerCase() + message.slice(1),
    mend,
    offset: offset ?? 0,
  }
}

function mendTypes(code: string | undefined): string {
  switch (code) {
    case 'unknown_variable':
      return 'the one variable is `request`; put text in quotes'
    case 'no_such_key':
      return `\`request\` has ${requestFields.map((field) => `\`${field}\``).join(', ')}`
    case 'no_matching_overload':
      return 'check the name of the function and what it takes'
    case 'no_such_overload':
      return 'compare values of one type: text in quotes, numbers without'
    default:
      return 'write a comparison, such as `request.body.amount >= 1000`'
  }
}
