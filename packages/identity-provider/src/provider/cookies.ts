/** Names and attributes of the provider's cookies. `__Host-` needs https, and a path of `/`. */
export function cookieConfiguration(issuer: string, keys: readonly string[]) {
  const secure = new URL(issuer).protocol === 'https:'
  return {
    names: {
      session: secure ? '__Host-newel-session' : 'newel-session',
      interaction: secure ? '__Secure-newel-interaction' : 'newel-interaction',
      resume: secure ? '__Secure-newel-resume' : 'newel-resume',
    },
    keys: [...keys],
    long: { httpOnly: true, sameSite: 'lax', secure, signed: true, path: '/' },
    short: { httpOnly: true, sameSite: 'lax', secure, signed: true },
  } as const
}
