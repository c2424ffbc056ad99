/** What is wrong with a URI, and what to write. */
export interface UriFault {
  readonly message: string
  readonly mend: string
}

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

/** OIDC Discovery §3: `https`, no query, no fragment; `http` on loopback for development. */
export function issuerFault(text: string): UriFault | undefined {
  const uri = parseUri(text)
  const mend = 'write an address such as `https://id.example.com`'
  if (uri === undefined) return { message: `\`${text}\` is no absolute URI`, mend }
  if (!isWebUri(uri)) {
    return { message: `the issuer \`${text}\` must use https, or http on localhost`, mend }
  }
  if (text.includes('?') || text.includes('#')) {
    return { message: `the issuer \`${text}\` must have no query and no fragment`, mend }
  }
  if (hasCredentials(uri)) return credentialsFault(text)
  // Tokens carry the issuer letter by letter; an address that a parser would rewrite is two issuers to two programs.
  if (uri.href !== text && uri.href !== `${text}/`) {
    return {
      message: `the issuer \`${text}\` has another spelling`,
      mend: `write \`${withoutSlash(uri.href)}\``,
    }
  }
  return undefined
}

/** RFC 9700 §2.1 and RFC 8252 §7: absolute, compared letter by letter, no fragment; which schemes depends on the client. */
export function redirectUriFault(
  text: string,
  type: 'spa' | 'public' | 'confidential',
): UriFault | undefined {
  const uri = parseUri(text)
  if (uri === undefined) {
    return {
      message: `\`${text}\` is no absolute URI`,
      mend: 'write the whole address, such as `https://app.example.com/callback`',
    }
  }
  if (text.includes('#')) {
    return {
      message: `\`${text}\` must have no fragment`,
      mend: `write \`${text.split('#')[0] ?? ''}\``,
    }
  }
  if (text.includes('*')) {
    return {
      message: `\`${text}\` has a wildcard`,
      mend: 'list each address: they are compared letter by letter',
    }
  }
  if (hasCredentials(uri)) return credentialsFault(text)
  if (isWebUri(uri)) return undefined
  if (uri.protocol === 'http:') {
    return {
      message: `\`${text}\` uses http beyond loopback`,
      mend: 'use https; http is for localhost, 127.0.0.1 and [::1]',
    }
  }
  if (type !== 'public') {
    return {
      message: `\`${text}\` has a private scheme, which only a \`public\` client may use`,
      mend: 'use https, or make the client `type: public`',
    }
  }
  // RFC 8252 §7.1: a name that its owner controls, reversed, cannot collide with `javascript:` or `data:`.
  if (!uri.protocol.includes('.')) {
    return {
      message: `the scheme \`${uri.protocol}\` is not private`,
      mend: 'use a reversed domain name, such as `com.example.app:/callback`',
    }
  }
  return undefined
}

/** Where a page may send a person: `https` alone. */
export function pageLinkFault(text: string): UriFault | undefined {
  const uri = parseUri(text)
  if (uri === undefined || uri.protocol !== 'https:') {
    return {
      message: `\`${text}\` is no https address`,
      mend: 'write the whole address, such as `https://www.example.com/help`',
    }
  }
  return hasCredentials(uri) ? credentialsFault(text) : undefined
}

/** Where a client publishes its keys: `https`, or `http` on loopback for development. */
export function jwksUriFault(text: string): UriFault | undefined {
  const uri = parseUri(text)
  const mend = 'write an address such as `https://app.example.com/jwks.json`'
  if (uri === undefined) return { message: `\`${text}\` is no absolute URI`, mend }
  if (!isWebUri(uri)) return { message: `\`${text}\` must use https, or http on loopback`, mend }
  if (text.includes('#')) return { message: `\`${text}\` must have no fragment`, mend }
  return hasCredentials(uri) ? credentialsFault(text) : undefined
}

/** RFC 8707 §2: an absolute URI without fragment. */
export function resourceIdFault(text: string): UriFault | undefined {
  const mend = 'write an absolute URI such as `https://api.example.com`'
  if (parseUri(text) === undefined) return { message: `\`${text}\` is no absolute URI`, mend }
  if (text.includes('#')) return { message: `\`${text}\` must have no fragment`, mend }
  return undefined
}

function parseUri(text: string): URL | undefined {
  // The parser drops spaces and control characters silently.
  if (!/^[\x21-\x7e]+$/.test(text) || text.includes('\\')) return undefined
  return URL.canParse(text) ? new URL(text) : undefined
}

function isWebUri(uri: URL): boolean {
  return uri.protocol === 'https:' || (uri.protocol === 'http:' && loopbackHosts.has(uri.hostname))
}

function hasCredentials(uri: URL): boolean {
  return uri.username !== '' || uri.password !== ''
}

function credentialsFault(text: string): UriFault {
  const [scheme = '', rest = ''] = text.split('//')
  return {
    message: 'the address has a user name or password in it',
    mend: `write \`${scheme}//${rest.split('@').at(-1) ?? ''}\``,
  }
}

function withoutSlash(href: string): string {
  return href.endsWith('/') ? href.slice(0, -1) : href
}
