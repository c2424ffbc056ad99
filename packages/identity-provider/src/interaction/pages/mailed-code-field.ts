import { oneTimeCodeField } from './form.ts'
import type { Spoken } from './locale.ts'
import { wordsIn } from './locale.ts'
import type { Fragment } from './markup.ts'

const words = wordsIn({
  en: { fromEmail: 'From the email, 8 digits' },
  de: { fromEmail: 'Aus der E-Mail, 8 Ziffern' },
  fr: { fromEmail: 'Dans l’e-mail, 8 chiffres' },
})

/** "One-time code", one that came by mail; it is what its page asks, so it has the focus. */
export function mailedCodeField(
  { invalid }: { readonly invalid: boolean },
  spoken: Spoken,
): Fragment {
  return oneTimeCodeField({ focused: true, invalid, hint: words(spoken).fromEmail }, spoken)
}
