import { createHash } from 'node:crypto'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { type JWTPayload, SignJWT, UnsecuredJWT, exportJWK, generateKeyPair } from 'jose'
import { type VisitedPage, type Visitor, freePort } from '@newel/testing/house'

/** How the upstream answers next. What is absent is as an honest one would do it. */
export interface ScriptedAnswer {
  readonly claims?: Readonly<Record<string, unknown>>
  /** In the place of a code. */
  readonly error?: string
  /** Of the authorization response. */
  readonly iss?: string
  readonly state?: string
  /** Signed by a key that it does not publish. */
  readonly forged?: boolean
  /** Signed by the key from before the last {@link ScriptedUpstream.rotateKeys}. */
  readonly withdrawn?: boolean
  /** Signed by the secret that both sides know. */
  readonly bySecret?: boolean
  /** Signed by nobody. */
  readonly unsigned?: boolean
  readonly tokenStatus?: number
  /** Bytes that the token endpoint adds to its answer. */
  readonly padding?: number
  readonly userinfo?: Readonly<Record<string, unknown>>
}

/** An OpenID provider that says what a test wants it to, over real HTTP, and checks what it is sent. */
export interface ScriptedUpstream {
  readonly issuer: string
  /** Parameters of the authorization requests so far. */
  readonly asked: readonly Readonly<Record<string, string>>[]
  answer: ScriptedAnswer
  /** What a browser does there: tells where it is sent back to. */
  visit(authorize: URL): Promise<URL>
  /** The whole way: the link on this page, the upstream, and back. */
  through(visitor: Visitor, page: VisitedPage, label?: string): Promise<VisitedPage>
  /** Publishes a new key, signs by it, and withdraws the one before. */
  rotateKeys(): Promise<void>
  /** Stops listening, until {@link ScriptedUpstream.start}. */
  stop(): Promise<void>
  start(): Promise<void>
}

export const upstreamSecret = 'upstream-secret-upstream-secret-1'

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const otherKeys = await generateKeyPair('ES256')
  let keys = await generateKeyPair('ES256')
  let former = keys
  let kid = 1
  const asked: Record<string, string>[] = []
  const codes = new Map<string, Readonly<Record<string, string>>>()
  const seconds = (): number => Math.floor(Date.now() / 1000)

  const upstream: ScriptedUpstream = {
    issuer,
    asked,
    answer: {},
    async visit(authorize) {
      const response = await fetch(authorize, { redirect: 'manual' })
      return new URL(response.headers.get('location') ?? '', issuer)
    },
    async through(visitor, page, label = 'Continue with Example Company') {
      const left = await visitor.press(page, label)
      if (left.url.origin !== issuer) return left
      return visitor.get(await upstream.visit(left.url))
    },
    async rotateKeys() {
      former = keys
      keys = await generateKeyPair('ES256')
      kid += 1
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
    async start() {
      if (!server.listening) server = await listen()
    },
  }

  async function idToken(request: Readonly<Record<string, string>>): Promise<string> {
    const claims = {
      iss: issuer,
      aud: 'newel',
      sub: 'ada-upstream',
      auth_time: seconds(),
      iat: seconds(),
      exp: seconds() + 300,
      nonce: request['nonce'],
      ...upstream.answer.claims,
    }
    const said = JSON.parse(JSON.stringify(claims)) as JWTPayload
    const { unsigned, bySecret, forged, withdrawn } = upstream.answer
    if (unsigned === true) return new UnsecuredJWT(said).encode()
    if (bySecret === true) {
      const shared = new TextEncoder().encode(upstreamSecret)
      return new SignJWT(said).setProtectedHeader({ alg: 'HS256' }).sign(shared)
    }
    if (withdrawn === true) {
      const header = { alg: 'ES256', kid: `k${kid - 1}` }
      return new SignJWT(said).setProtectedHeader(header).sign(former.privateKey)
    }
    return new SignJWT(said)
      .setProtectedHeader({ alg: 'ES256', kid: `k${kid}` })
      .sign((forged === true ? otherKeys : keys).privateKey)
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer)
    const json = (body: object, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          userinfo_endpoint: `${issuer}/userinfo`,
          jwks_uri: `${issuer}/jwks`,
          response_types_supported: ['code'],
          id_token_signing_alg_values_supported: ['ES256'],
          authorization_response_iss_parameter_supported: true,
        })
      case '/jwks':
        return json({
          keys: [
            { ...(await exportJWK(keys.publicKey)), kid: `k${kid}`, alg: 'ES256', use: 'sig' },
          ],
        })
      case '/userinfo':
        return json({ sub: 'ada-upstream', ...upstream.answer.userinfo })
      case '/authorize': {
        const parameters = Object.fromEntries(url.searchParams)
        asked.push(parameters)
        const code = `code-${asked.length}`
        codes.set(code, parameters)
        const { error, iss = issuer, state = parameters['state'] ?? '' } = upstream.answer
        const back = new URL(parameters['redirect_uri'] ?? '')
        back.search = new URLSearchParams({
          ...(error === undefined ? { code } : { error }),
          state,
          iss,
        }).toString()
        response.writeHead(302, { location: back.href }).end()
        return undefined
      }
      case '/token': {
        const body = new URLSearchParams(await text(request))
        const begun = codes.get(body.get('code') ?? '')
        codes.delete(body.get('code') ?? '')
        const [, credentials = ''] = (request.headers.authorization ?? '').split(' ')
        const client = decodeURIComponent(Buffer.from(credentials, 'base64').toString())
        const challenge = createHash('sha256')
          .update(body.get('code_verifier') ?? '')
          .digest('base64url')
        if (
          begun === undefined ||
          client !== `newel:${upstreamSecret}` ||
          challenge !== begun['code_challenge'] ||
          body.get('redirect_uri') !== begun['redirect_uri']
        ) {
          return json({ error: 'invalid_grant' }, 400)
        }
        return json(
          {
            access_token: 'upstream-access-token',
            token_type: 'Bearer',
            id_token: await idToken(begun),
            padding: 'x'.repeat(upstream.answer.padding ?? 0),
          },
          upstream.answer.tokenStatus,
        )
      }
      default:
        return json({}, 404)
    }
  }

  async function listen(): Promise<Server> {
    const listening = createServer((request, response) => {
      void respond(request, response)
    })
    await new Promise<void>((resolve) => {
      listening.listen(port, 'localhost', resolve)
    })
    return listening
  }
  let server = await listen()
  return upstream
}
