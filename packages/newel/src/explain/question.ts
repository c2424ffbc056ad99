import type { PolicyDocument } from '@newel/policy-document'
import type { Requirement, RuleMatch, RuleRequest } from '@newel/policy'
import { CommandError } from '../command-error.ts'

/** What `newel explain` is asked: exactly one of a named requirement, levels and an age, or a request to match. */
export interface QuestionOptions {
  readonly require?: string
  readonly acr?: readonly string[]
  readonly maxAge?: number
  readonly method?: string
  readonly path?: string
  readonly host?: string
  readonly header?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface Question {
  /** Absent: nothing is asked, or the rules refuse to say. */
  readonly requirement?: Requirement
  /** Present where a request was given. */
  readonly match?: RuleMatch
}

/** @throws CommandError `usage` */
export function questionOf(document: PolicyDocument, options: QuestionOptions): Question {
  const { require: name, acr, maxAge, path } = options
  const levels = acr !== undefined || maxAge !== undefined
  const asked = [name !== undefined, levels, path !== undefined].filter(Boolean).length
  if (asked !== 1) {
    throw new CommandError(
      'usage',
      asked === 0 ? 'nothing was asked' : 'more than one thing was asked',
      'give --require NAME, or --acr and --max-age, or --path with what else the rules read',
    )
  }
  if (path !== undefined) return matchOf(document, path, options)
  if (requestOptions.some((option) => options[option] !== undefined)) {
    throw new CommandError(
      'usage',
      `${requestOptions.map((option) => `--${option}`).join(', ')} describe a request`,
      'give its --path too',
    )
  }
  if (name !== undefined) return { requirement: named(document, name) }
  return {
    requirement: {
      acrValues: (acr ?? []).map((value) => levelAsked(document, value)),
      ...(maxAge !== undefined && { maxAgeSeconds: maxAge }),
    },
  }
}

const requestOptions = ['method', 'host', 'header', 'body'] as const

/** By its name or by its value on the wire. */
function levelAsked({ levels }: PolicyDocument, asked: string): string {
  const level = levels.byName(asked) ?? levels.byAcr(asked)
  if (level) return level.acr
  const names = levels.all.map(({ name }) => `\`${name}\``).join(', ')
  throw new CommandError('usage', `the document has no level \`${asked}\``, `it has ${names}`)
}

function named({ requirements }: PolicyDocument, name: string): Requirement {
  const requirement = requirements.get(name)
  if (requirement) return requirement
  const names = [...requirements.keys()].map((known) => `\`${known}\``).join(', ')
  throw new CommandError(
    'usage',
    `the document has no requirement \`${name}\``,
    names === '' ? 'it has none; use --acr' : `it has ${names}`,
  )
}

function matchOf(document: PolicyDocument, target: string, options: QuestionOptions): Question {
  const [path = '', query = ''] = target.split(/\?(.*)/s, 2)
  const request: RuleRequest = {
    method: options.method ?? 'GET',
    path,
    query: Object.fromEntries(new URLSearchParams(query)),
    headers: options.header ?? {},
    ...(options.host !== undefined && { host: options.host }),
    ...(options.body !== undefined && { body: options.body }),
  }
  const match = document.rules.match(request)
  return match.kind === 'matched' && match.rule.require !== 'none'
    ? { match, requirement: match.rule.require }
    : { match }
}
