import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatStepUpChallenge } from '@newel/protocol'
import { decodeJwt } from 'jose'
import { describeToken } from '../src/index.ts'

interface SeenCall {
  readonly method: string
  readonly path: string
  readonly body: string
  readonly authorization: string | undefined
  readonly dpop: string | undefined
  readonly headers: IncomingMessage['headers']
}

/** What a path asks. */
export interface Guard {
  readonly acr?: readonly string[]
  readonly maxAge?: number
  /** Lets each token pass once. Absent: with an age of 0 alone. */
  readonly once?: boolean
  /** Asks whatever the token says. */
  readonly never?: boolean
  readonly scope?: string
}

/** An API over loopback HTTP that challenges by exact `acr` and remembers each call. */
export class ScriptedApi {
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly guards = new Map<string, Guard>()
  /** Answers a path with this header and 401, whatever comes. */
  readonly fixedChallenges = new Map<string, string>()
  /** Tokens that have passed a guard that lets each pass once. */
  readonly #used = new Set<string>()
  /** Tokens that it takes for no good any more. */
  readonly badTokens = new Set<string>()
  /** Proofs without this nonce are sent back for it. RFC 9449 §9. */
  dpopNonce: string | undefined
  readonly redirects = new Map<string, string>()
  readonly calls: SeenCall[] = []
  #gate: Promise<void> | undefined

  static async start(): Promise<ScriptedApi> {
    const api = new ScriptedApi()
    await new Promise<void>((resolve) => {
      api.#server.listen(0, '127.0.0.1', () => resolve())
    })
    return api
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Hold every answer until the returned function is called. */
  hold(): () => void {
    let open = () => {}
    this.#gate = new Promise((resolve) => {
      open = resolve
    })
    return () => {
      this.#gate = undefined
      open()
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { method = '', url: path = '', headers } = request
    const { authorization, dpop } = headers
    this.calls.push({
      method,
      path,
      body,
      authorization,
      dpop: typeof dpop === 'string' ? dpop : undefined,
      headers,
    })
    const gate = this.#gate
    const [scheme, token] = authorization?.split(' ') ?? []
    const challenge = this.#challenge(path, token, scheme === 'DPoP' ? 'DPoP' : 'Bearer')
    await gate
    const redirect = this.redirects.get(path)
    const nonce = typeof dpop === 'string' ? decodeJwt(dpop)['nonce'] : undefined
    if (this.dpopNonce !== undefined && nonce !== this.dpopNonce) {
      response
        .writeHead(401, {
          'www-authenticate': 'DPoP error="use_dpop_nonce"',
          'dpop-nonce': this.dpopNonce,
        })
        .end()
      return
    }
    if (token !== undefined && this.badTokens.has(token)) {
      response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end()
      return
    }
    if (redirect !== undefined) response.writeHead(307, { location: redirect }).end()
    else if (challenge === undefined) response.writeHead(200).end('done')
    else response.writeHead(401, challenge === '' ? {} : { 'www-authenticate': challenge }).end()
  }

  #challenge(
    path: string,
    token: string | undefined,
    scheme: 'Bearer' | 'DPoP',
  ): string | undefined {
    const fixed = this.fixedChallenges.get(path)
    if (fixed !== undefined) return fixed
    const guard = this.guards.get(path)
    if (!guard) return undefined
    const stated = token === undefined ? undefined : describeToken(token)
    const { acr = [], maxAge, never = false, scope, once = maxAge === 0 } = guard
    const fresh =
      maxAge === undefined || (stated?.expiresAt ?? 0) - 300 - (stated?.authTime ?? 0) <= maxAge
    const used = once && this.#used.has(token ?? '')
    if (!never && (acr.length === 0 || acr.includes(stated?.acr ?? '')) && fresh && !used) {
      if (once) this.#used.add(token ?? '')
      return undefined
    }
    return formatStepUpChallenge({
      scheme,
      acrValues: acr,
      ...(maxAge === undefined ? {} : { maxAgeSeconds: maxAge }),
      ...(scope === undefined ? {} : { scope }),
    })
  }
}
