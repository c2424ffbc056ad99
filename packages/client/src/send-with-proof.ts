/** How a request is sent together with the proof of a key. DPoP, RFC 9449. */
export interface ProofSending {
  readonly fetch: (request: Request) => Promise<Response>
  /** The proof for one request. `nonce`: what its server wants repeated. */
  readonly prove: (
    request: Request,
    facts: { readonly accessToken?: string | undefined; readonly nonce?: string | undefined },
  ) => Promise<string>
}

/** `replayable: false`: the body can be sent only once, so that no second request is made. */
export interface ProvedSendOptions {
  readonly accessToken?: string
  readonly replayable?: boolean
}

/**
 * Sends requests with a proof, and once more where the server first hands out a nonce. The nonces of each origin are
 * remembered for the requests to come (RFC 9449 §8.2).
 */
export function createProvedSend({
  fetch,
  prove,
}: ProofSending): (request: Request, options?: ProvedSendOptions) => Promise<Response> {
  const nonces = new Map<string, string>()
  return async (request, { accessToken, replayable = true } = {}) => {
    const { origin } = new URL(request.url)
    const again = replayable ? request.clone() : undefined
    const before = nonces.get(origin)
    const sent = async (attempt: Request) => {
      attempt.headers.set('dpop', await prove(attempt, { accessToken, nonce: nonces.get(origin) }))
      const response = await fetch(attempt)
      const nonce = response.headers.get('dpop-nonce')
      // A redirect may have ended elsewhere, whose nonce is not for here.
      if (nonce && new URL(response.url || attempt.url).origin === origin) {
        nonces.set(origin, nonce)
      }
      return response
    }
    const response = await sent(request)
    const fresh = nonces.get(origin) !== before
    return again && fresh && (await asksForNonce(response)) ? sent(again) : response
  }
}

/** RFC 9449 §8 at the token endpoint, §9 at an API; there the browser may withhold the reason and show the nonce. */
async function asksForNonce(response: Response): Promise<boolean> {
  if (response.status === 401) {
    return response.headers.get('www-authenticate')?.includes('use_dpop_nonce') ?? true
  }
  if (response.status !== 400) return false
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  return (
    typeof body === 'object' && body !== null && 'error' in body && body.error === 'use_dpop_nonce'
  )
}
