import { InvalidArgumentError } from 'commander'
import { type AuthenticationEvent, type Method, methodsProvedBy } from '@newel/policy'
import { DurationError, isUpstreamMethod, methodNames, parseDuration } from '@newel/policy-document'
import { requestAtHand } from './answer.ts'

/** One `--proved`: how long ago, or for the request at hand. */
export interface Proved {
  readonly method: Method
  readonly ageSeconds: number
  readonly ofRequest: boolean
}

/** `totp=2m`, or `totp=request` for a proof that the request at hand asked for. */
export function parseProved(text: string, before: readonly Proved[] = []): readonly Proved[] {
  const [method = '', age] = text.split(/=(.*)/s, 2)
  if (age === undefined || age === '') {
    throw new InvalidArgumentError('Write a method and how long ago, such as totp=2m.')
  }
  const ofRequest = age === 'request'
  const ageSeconds = ofRequest ? 0 : parseAge(age)
  return [...before, { method: parseMethod(method), ageSeconds, ofRequest }]
}

/** One for each name that it counts under, as the provider notes a proof. */
export function eventsOf(
  { method, ageSeconds, ofRequest }: Proved,
  now: number,
): readonly AuthenticationEvent[] {
  return namesOf(method).map((name) => ({
    method: name,
    at: now - ageSeconds,
    ...(ofRequest && { request: requestAtHand }),
  }))
}

/** `federated:company/mfa` is `federated:company` and `federated` as well. */
function namesOf(method: Method): readonly Method[] {
  return isUpstreamMethod(method) ? methodsProvedBy(method) : [method]
}

/** `password,totp`, also repeated. */
export function parseMethods(text: string, before: readonly Method[] = []): readonly Method[] {
  return [...before, ...parseList(text).map(parseMethod).flatMap(namesOf)]
}

/** `mfa,basic`, also repeated: the preferred first. */
export function parseLevels(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...parseList(text)]
}

export function parseAge(text: string): number {
  try {
    return parseDuration(text)
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
    throw new InvalidArgumentError(`${error.message}: ${error.mend}`)
  }
}

/** `name=value`; header names have no case. */
export function parseHeader(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [name = '', value] = text.split(/=(.*)/s, 2)
  if (value === undefined || name === '') throw new InvalidArgumentError('Write name=value.')
  return { ...before, [name.toLowerCase()]: value }
}

export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('It is not JSON.')
  }
}

function parseList(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function parseMethod(text: string): Method {
  const known: readonly string[] = methodNames
  if (known.includes(text) || isUpstreamMethod(text)) return text
  throw new InvalidArgumentError(
    `Methods are ${methodNames.join(', ')}, federated:UPSTREAM/ANSWER.`,
  )
}
