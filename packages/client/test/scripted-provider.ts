import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  calculateJwkThumbprint,
  type CryptoKey,
  EmbeddedJWK,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
} from 'jose'
import type { FixedClock } from './fixed-clock.ts'

/** Who is at the keyboard, and what they proved. */
export interface Person {
  sub: string
  acr?: string
  amr?: string[]
  authTime: number
}

interface Code {
  readonly nonce: string
  readonly challenge: string
  readonly thumbprint: string | null
  readonly redirectUri: string
  readonly claims: Record<string, unknown>
}

export const levels = [
  { acr: 'basic', lifetime: 43_200, satisfies: [] },
  { acr: 'mfa', lifetime: 900, satisfies: ['basic'] },
  { acr: 'phr', lifetime: 300, satisfies: ['mfa', 'basic'] },
]

/** An authorization server over loopback HTTP that does what the case says, and otherwise what it should. */
export class ScriptedProvider {
  readonly #clock: FixedClock
  readonly #key: CryptoKey
  readonly #jwks: object
  readonly #codes = new Map<string, Code>()
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  #count = 0

  /** Seconds that this machine's clock is ahead of the provider's. */
  clockBehindSeconds = 0
  /** Absent: nobody is logged in at the provider. */
  person: Person | undefined
  /** Error for the next authorization requests. */
  authorizationError: string | undefined
  /** Whether `acr_values` and `max_age` are obeyed; else the person stays as they are. */
  obeys = true
  /** Members over those of the ID token. */
  idTokenOverrides: Record<string, unknown> = {}
  accessTokenOverrides: Record<string, unknown> = {}
  metadataOverrides: Record<string, unknown> = {}
  /** `iss` of the authorization response. */
  responseIssuer: string | undefined
  tokenStatus: number | undefined
  /** Takes a token request and never answers. */
  tokenHangs = false
  /** Begins to answer token requests, and stops in the middle or breaks off. */
  tokenBody: 'stalls' | 'breaks' | undefined
  refreshTokens = true
  refreshGood = true
  expiresIn: number | undefined = 300
  /** What a refresh makes of the level. */
  refreshedAcr: string | undefined
  /** Proofs without this nonce are sent back for it. RFC 9449 §8. */
  dpopNonce: string | undefined
  /** Gives bearer tokens whatever was proved. */
  ignoresProofs = false
  readonly #gates = new Map<
    string,
    { readonly reached: () => void; readonly open: Promise<void> }
  >()
  /** Resolves when a request stands at the gate that `holdRefresh` has closed. */
  refreshHeld: Promise<void> = Promise.resolve()
  /** The same for `holdCode`. */
  codeHeld: Promise<void> = Promise.resolve()
  readonly authorizationRequests: URLSearchParams[] = []
  readonly tokenRequests: URLSearchParams[] = []
  readonly revoked: string[] = []

  private constructor(clock: FixedClock, key: CryptoKey, jwks: object) {
    this.#clock = clock
    this.#key = key
    this.#jwks = jwks
  }

  static async start(clock: FixedClock): Promise<ScriptedProvider> {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }
    const provider = new ScriptedProvider(clock, privateKey, { keys: [jwk] })
    await new Promise<void>((resolve) => {
      provider.#server.listen(0, '127.0.0.1', () => resolve())
    })
    return provider
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get now(): number {
    return Math.floor(this.#clock.now) - this.clockBehindSeconds
  }

  /** Sign a JWT with this provider's key, such as a logout token. */
  sign(payload: Record<string, unknown>, header: Record<string, string> = {}): Promise<string> {
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header })
      .sign(this.#key)
  }

  /** Hold answers to refreshes until the returned function is called. */
  holdRefresh(): () => void {
    const gate = this.#hold('refresh_token')
    this.refreshHeld = gate.held
    return gate.letGo
  }

  /** Hold answers to codes until the returned function is called. */
  holdCode(): () => void {
    const gate = this.#hold('authorization_code')
    this.codeHeld = gate.held
    return gate.letGo
  }

  #hold(grantType: string): { readonly held: Promise<void>; readonly letGo: () => void } {
    let reached = () => {}
    let openGate = () => {}
    const held = new Promise<void>((resolve) => {
      reached = resolve
    })
    const open = new Promise<void>((resolve) => {
      openGate = resolve
    })
    this.#gates.set(grantType, { reached, open })
    return {
      held,
      letGo: () => {
        this.#gates.delete(grantType)
        openGate()
      },
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer)
    const body = await bodyOf(request)
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(response, 200, this.#metadata())
      case '/jwks':
        return json(response, 200, this.#jwks)
      case '/authorize':
        response
          .writeHead(303, {
            location: this.#authorize(url.searchParams),
            // A redirect may be framed whatever it says; only the page at its end is asked.
            'content-security-policy': "frame-ancestors 'none'",
            'x-frame-options': 'DENY',
          })
          .end()
        return undefined
      case '/token':
        return this.#token(new URLSearchParams(body), request.headers['dpop'], response)
      case '/revoke':
        this.revoked.push(new URLSearchParams(body).get('token') ?? '')
        return json(response, 200, {})
      default:
        return json(response, 404, {})
    }
  }

  #metadata(): object {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      revocation_endpoint: `${this.issuer}/revoke`,
      end_session_endpoint: `${this.issuer}/logout`,
      jwks_uri: `${this.issuer}/jwks`,
      authorization_response_iss_parameter_supported: true,
      claims_parameter_supported: true,
      id_token_signing_alg_values_supported: ['ES256'],
      acr_values_supported: levels.map(({ acr }) => acr),
      newel_levels: levels,
      ...this.metadataOverrides,
    }
  }

  #authorize(parameters: URLSearchParams): string {
    this.authorizationRequests.push(parameters)
    const redirectUri = parameters.get('redirect_uri') ?? ''
    const location = new URL(redirectUri)
    location.searchParams.set('state', parameters.get('state') ?? '')
    location.searchParams.set('iss', this.responseIssuer ?? this.issuer)
    const { person } = this
    const error = this.authorizationError ?? (person ? undefined : 'login_required')
    if (error !== undefined || !person) {
      location.searchParams.set('error', error ?? 'login_required')
      return location.href
    }
    if (this.obeys) this.#prove(person, parameters)
    const code = `code-${++this.#count}`
    this.#codes.set(code, {
      nonce: parameters.get('nonce') ?? '',
      challenge: parameters.get('code_challenge') ?? '',
      thumbprint: parameters.get('dpop_jkt'),
      redirectUri,
      claims: this.#claims(person),
    })
    location.searchParams.set('code', code)
    return location.href
  }

  #prove(person: Person, parameters: URLSearchParams): void {
    const acr = parameters.get('acr_values')?.split(' ')[0]
    const maxAge = parameters.get('max_age')
    if (acr !== undefined && acr !== person.acr) {
      person.acr = acr
      person.authTime = this.now
    }
    if (maxAge !== null && (maxAge === '0' || this.now - person.authTime > Number(maxAge))) {
      person.authTime = this.now
    }
  }

  #claims({ sub, acr, amr, authTime }: Person): Record<string, unknown> {
    return { sub, acr, amr, auth_time: authTime }
  }

  async #token(
    body: URLSearchParams,
    proof: string | string[] | undefined,
    response: ServerResponse,
  ): Promise<void> {
    this.tokenRequests.push(body)
    const gate = this.#gates.get(body.get('grant_type') ?? '')
    gate?.reached()
    await gate?.open
    const bound = typeof proof === 'string' ? await this.#provenKey(proof) : undefined
    if (bound && this.dpopNonce !== undefined && bound.nonce !== this.dpopNonce) {
      response.setHeader('dpop-nonce', this.dpopNonce)
      return json(response, 400, { error: 'use_dpop_nonce' })
    }
    const jkt = this.ignoresProofs ? undefined : bound?.jkt
    if (this.tokenHangs) return undefined
    if (this.tokenBody !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
      response.write('{"access_token":"', () => {
        if (this.tokenBody === 'breaks') response.destroy()
      })
      return undefined
    }
    if (this.tokenStatus !== undefined) {
      response.setHeader('location', `${this.issuer}/elsewhere`)
      return json(response, this.tokenStatus, {})
    }
    if (body.get('grant_type') === 'refresh_token') {
      if (!this.refreshGood || !this.person) return json(response, 400, { error: 'invalid_grant' })
      const { acr, ...rest } = this.#claims(this.person)
      return json(response, 200, await this.#issue({ ...rest, acr: this.refreshedAcr ?? acr }, jkt))
    }
    const code = this.#codes.get(body.get('code') ?? '')
    this.#codes.delete(body.get('code') ?? '')
    const genuine =
      code &&
      code.redirectUri === body.get('redirect_uri') &&
      (code.thumbprint === null || code.thumbprint === bound?.jkt) &&
      code.challenge === (await s256(body.get('code_verifier') ?? ''))
    if (!genuine) return json(response, 400, { error: 'invalid_grant' })
    return json(response, 200, await this.#issue(code.claims, jkt, code.nonce))
  }

  /** RFC 9449 §4.3: signature, type, method and address. */
  async #provenKey(proof: string): Promise<{ jkt: string; nonce: unknown }> {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      currentDate: new Date(this.now * 1000),
      maxTokenAge: 60,
    })
    if (payload['htm'] !== 'POST' || payload['htu'] !== `${this.issuer}/token`) {
      throw new Error('the proof is for another request')
    }
    return {
      jkt: await calculateJwkThumbprint(protectedHeader.jwk ?? {}),
      nonce: payload['nonce'],
    }
  }

  async #issue(
    claims: Record<string, unknown>,
    jkt: string | undefined,
    nonce?: string,
  ): Promise<object> {
    const count = ++this.#count
    const sign = (payload: Record<string, unknown>, lifetime: number) =>
      new SignJWT({ iss: this.issuer, iat: this.now, exp: this.now + lifetime, ...payload })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .sign(this.#key)
    const idToken = { ...claims, aud: 'bank', ...(nonce && { nonce }), ...this.idTokenOverrides }
    return {
      token_type: jkt === undefined ? 'Bearer' : 'DPoP',
      access_token: await sign(
        {
          ...claims,
          aud: 'api',
          jti: `at-${count}`,
          ...(jkt === undefined ? {} : { cnf: { jkt } }),
          ...this.accessTokenOverrides,
        },
        300,
      ),
      id_token: await sign(idToken, 3600),
      ...(this.expiresIn === undefined ? {} : { expires_in: this.expiresIn }),
      ...(this.refreshTokens ? { refresh_token: `rt-${count}` } : {}),
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function s256(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  return Buffer.from(digest).toString('base64url')
}
