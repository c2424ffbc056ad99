import { isMethodName, methodNames } from './method-names.ts'
import { suggest } from './suggestion.ts'
import { isUpstreamMethod, upstreamMethodPattern } from './upstream-method.ts'

export type AlternativeResult =
  | { readonly ok: true; readonly methods: readonly string[] }
  | {
      readonly ok: false
      readonly code: 'unknown_method' | 'duplicate_method' | 'empty_alternative'
      readonly message: string
      readonly mend: string
      /** UTF-16 units from the start of the text. */
      readonly offset: number
    }

const methodPattern = `(${[...methodNames, upstreamMethodPattern].join('|')})`

/** What editors hold an alternative to. */
export const alternativePattern = `^\\s*${methodPattern}(\\s*\\+\\s*${methodPattern})*\\s*$`

/** `password + totp`: methods that must all be proved. Space around them does not matter. */
export function parseAlternative(text: string): AlternativeResult {
  const methods: string[] = []
  let start = 0
  for (const part of text.split('+')) {
    const name = part.trim()
    const offset = start + part.indexOf(name)
    start += part.length + 1
    if (name === '') {
      const message =
        text.trim() === ''
          ? 'the alternative names no method'
          : `\`${text}\` lacks a method beside a \`+\``
      return {
        ok: false,
        code: 'empty_alternative',
        message,
        mend: 'write `password + totp`',
        offset,
      }
    }
    if (!isMethodName(name) && !isUpstreamMethod(name)) {
      return {
        ok: false,
        code: 'unknown_method',
        message: `unknown method \`${name}\``,
        mend: mendMethod(name),
        offset,
      }
    }
    if (methods.includes(name)) {
      return {
        ok: false,
        code: 'duplicate_method',
        message: `\`${name}\` appears twice, and two proofs of one method count once`,
        mend: 'name another method, or each method once',
        offset,
      }
    }
    methods.push(name)
  }
  return { ok: true, methods }
}

function mendMethod(name: string): string {
  if (/[\s,&|]/.test(name)) {
    return 'join methods with `+`, and write each alternative as its own item of the list'
  }
  if (name.startsWith('federated:')) {
    return 'write `federated:` and the id of an upstream, or that, `/` and a name of its `accept`'
  }
  return suggest(name, methodNames, '')
}
