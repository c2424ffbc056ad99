import { Hono } from 'hono'
import { calculateJwkThumbprint, decodeProtectedHeader, generateKeyPair, SignJWT } from 'jose'

/** What the endpoints say of the person who answers next. */
export interface ScriptedPerson {
  sub: string
  acr: string
  /** Seconds before now. */
  provedAgo: number
}

/**
 * The endpoints that auth0-spa-js speaks to, as far as it does: RS256, and an answer to a popup by a message. They ask
 * nobody anything; the test says who answers, and how.
 */
export class Auth0Endpoints {
  person: ScriptedPerson = { sub: 'alice', acr: 'basic', provedAgo: 60 }
  /** The OAuth error of the next answer. */
  error: string | undefined
  /** A popup stays open and is not answered. */
  holds = false
  readonly requests: URLSearchParams[] = []
  /** Keys that tokens were bound to. */
  readonly keys = new Set<string>()
  readonly app = new Hono()
  readonly issuer: string
  #key: CryptoKey | undefined
  readonly #codes = new Map<string, { claims: ScriptedPerson; nonce: string }>()

  constructor(issuer: string) {
    this.issuer = issuer
    this.app.get('/authorize', (c) => {
      const request = new URL(c.req.url).searchParams
      this.requests.push(request)
      const code = `code-${this.requests.length}`
      this.#codes.set(code, { claims: { ...this.person }, nonce: request.get('nonce') ?? '' })
      const state = request.get('state') ?? ''
      const answer = this.error === undefined ? { code, state } : { error: this.error, state }
      const target = request.get('redirect_uri') ?? ''
      if (request.get('response_mode') === 'query') {
        return c.redirect(`${target}?${new URLSearchParams(answer)}`)
      }
      const message = JSON.stringify({ type: 'authorization_response', response: answer })
      const script = `(opener ?? parent).postMessage(${message}, ${JSON.stringify(new URL(target).origin)})`
      return c.html(this.holds ? 'held' : `<script>${script}</script>`)
    })
    this.app.post('/oauth/token', async (c) => {
      c.header('Access-Control-Allow-Origin', '*')
      const body = new URLSearchParams(await c.req.text())
      const found = this.#codes.get(body.get('code') ?? '')
      this.#codes.delete(body.get('code') ?? '')
      return found
        ? c.json(await this.#issue(found.claims, found.nonce, c.req.header('dpop')))
        : c.json({ error: 'invalid_grant' }, 403)
    })
    this.app.options('/oauth/token', (c) => {
      c.header('Access-Control-Allow-Origin', '*')
      c.header('Access-Control-Allow-Headers', '*')
      return c.body(null, 204)
    })
  }

  async #issue(
    { sub, acr, provedAgo }: ScriptedPerson,
    nonce: string,
    proof?: string,
  ): Promise<object> {
    this.#key ??= (await generateKeyPair('RS256')).privateKey
    const { jwk } = proof === undefined ? {} : decodeProtectedHeader(proof)
    const jkt = jwk && (await calculateJwkThumbprint(jwk))
    if (jkt !== undefined) this.keys.add(jkt)
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: `${this.issuer}/`, sub, acr, auth_time: now - provedAgo, iat: now }
    const sign = async (more: object) =>
      new SignJWT({ ...claims, exp: now + 3600, ...more })
        .setProtectedHeader({ alg: 'RS256', kid: 'k' })
        .sign(this.#key as CryptoKey)
    return {
      token_type: jkt === undefined ? 'Bearer' : 'DPoP',
      expires_in: 300,
      scope: 'openid profile email',
      access_token: await sign({ aud: 'api', ...(jkt !== undefined && { cnf: { jkt } }) }),
      id_token: await sign({ aud: 'app', nonce }),
    }
  }
}
