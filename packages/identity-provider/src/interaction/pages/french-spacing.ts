import { type Fragment, trusted } from './markup.ts'

/**
 * French sets a space before `:`, `;`, `?`, `!` and inside quotation marks at which no line may break. The words are
 * written with plain ones, which can be seen; here, once for all of them, those become spaces that do not break.
 */
export function frenchSpacing<Words>(words: Words): Words {
  // The shape stays: texts become texts, and functions give what they gave.
  return spaced(words) as Words
}

function spaced(words: unknown): unknown {
  if (typeof words === 'string') return unbroken(words)
  if (Array.isArray(words)) return words.map(spaced)
  if (typeof words === 'function') {
    return (...parameters: readonly unknown[]): unknown =>
      spaced(Reflect.apply(words, undefined, parameters))
  }
  if (typeof words !== 'object' || words === null) return words
  if (isMarkup(words)) return trusted(unbroken(words.toString()))
  return Object.fromEntries(Object.entries(words).map(([name, value]) => [name, spaced(value)]))
}

function unbroken(text: string): string {
  return text.replaceAll(/[ \n]+(?=[:;?!»])/g, '\u00A0').replaceAll(/«[ \n]+/g, '«\u00A0')
}

/** Its outside values are escaped already. */
function isMarkup(words: object): words is Fragment {
  return 'isEscaped' in words
}
