import type { Credential } from '../../store/index.ts'
import type { AccountWords } from './account-words.ts'

/** One that its owner never named is called what it is, in the language of the page. */
export function nameOf({ label }: Credential, words: AccountWords): string {
  const plain: Readonly<Record<string, string>> = {
    Password: words.plain_password,
    'Authenticator app': words.plain_app,
    Passkey: words.plain_passkey,
    'Security key': words.plain_key,
    'Recovery codes': words.plain_codes,
    'Email address': words.plain_address,
  }
  return Object.hasOwn(plain, label) ? (plain[label] ?? label) : label
}
