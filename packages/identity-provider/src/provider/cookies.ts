import { type KeyObject, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'

/** Names and attributes of the provider's cookies. `__Host-` needs https, and a path of `/`. */
export function cookieConfiguration(issuer: string, keys: readonly string[]) {
  const secure = new URL(issuer).protocol === 'https:'
  return {
    names: {
      session: secure ? '__Host-newel-session' : 'newel-session',
      interaction: secure ? '__Secure-newel-interaction' : 'newel-interaction',
      resume: secure ? '__Secure-newel-resume' : 'newel-resume',
    },
    keys: cookieSigner(keys),
    long: { httpOnly: true, sameSite: 'lax', secure, signed: true, path: '/' },
    short: { httpOnly: true, sameSite: 'lax', secure, signed: true },
  } as const
}

/** What the library signs its cookies with. The first key signs; every one verifies. */
interface CookieSigner {
  sign(text: string): string
  verify(text: string, signature: string): boolean
  /** Which key it was signed with. -1: none of them. A cookie of another than the first is signed anew. */
  index(text: string, signature: string): number
}

/** As the library's own does it, which makes a key out of text three times for each cookie that it reads. */
function cookieSigner(texts: readonly string[]): CookieSigner {
  const keys = texts.map((text) => createSecretKey(text, 'utf8'))
  const index = (text: string, signature: string): number => {
    const given = Buffer.from(signature)
    return keys.findIndex((key) => {
      const right = Buffer.from(signatureOf(text, key))
      return right.length === given.length && timingSafeEqual(right, given)
    })
  }
  const [first] = keys
  if (first === undefined) throw new TypeError('cookies are signed with at least one key')
  return {
    sign: (text) => signatureOf(text, first),
    verify: (text, signature) => index(text, signature) >= 0,
    index,
  }
}

function signatureOf(text: string, key: KeyObject): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
