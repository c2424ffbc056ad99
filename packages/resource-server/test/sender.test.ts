import { createHash, randomUUID } from 'node:crypto'
import { createServer } from 'node:https'
import fastify from 'fastify'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { JWK } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { SenderFacts } from '@newel/resource-server'
import { protect } from '@newel/resource-server/fastify'
import { challengeOf, reason, setUpHarness } from './harness.ts'
import { testTime } from './local-issuer.ts'
import { createCertificate } from './certificate.ts'
import { askingForCertificate, statusOverTls } from './status-over-tls.ts'

const h = setUpHarness()
const certificate = createCertificate()
const url = 'https://api.example/transfers'

interface Key {
  readonly jwk: JWK
  readonly privateKey: CryptoKey
  readonly thumbprint: string
}

async function newKey(alg = 'ES256'): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return { jwk, privateKey, thumbprint: await calculateJwkThumbprint(jwk) }
}

let key: Key
let other: Key
beforeAll(async () => {
  key = await newKey()
  other = await newKey()
})

interface ProofOptions {
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly signer?: Key
}

async function proofFor(
  token: string,
  { claims, header, signer }: ProofOptions = {},
): Promise<string> {
  const ath = createHash('sha256').update(token).digest('base64url')
  const stated = { jti: randomUUID(), htm: 'POST', htu: url, iat: h.now, ath, ...claims }
  return new SignJWT(Object.fromEntries(Object.entries(stated).filter(([, v]) => v !== undefined)))
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk, ...header })
    .sign((signer ?? key).privateKey)
}

async function boundToken(claims: Record<string, unknown> = {}): Promise<string> {
  return h.issuer.sign({ acr: 'phr', auth_time: testTime, cnf: { jkt: key.thumbprint }, ...claims })
}

async function send(
  token: string,
  dpop: SenderFacts['dpop'],
  facts: Partial<SenderFacts> = {},
): Promise<string> {
  return reason(
    await h.api.check(
      { authorization: `DPoP ${token}`, sender: { method: 'POST', url, dpop, ...facts } },
      { acr: 'phr' },
    ),
  )
}

describe('a token that is bound to a key (RFC 9449)', () => {
  test('passes with a proof for this request, and again with a new one', async () => {
    const token = await boundToken()
    expect(await send(token, await proofFor(token))).toBe('allowed')
    expect(await send(token, await proofFor(token))).toBe('allowed')
  })

  test('a proof passes once (§11.1)', async () => {
    const token = await boundToken()
    const proof = await proofFor(token)
    expect(await send(token, proof)).toBe('allowed')
    expect(await send(token, proof)).toBe('401 dpop_proof_replayed')
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => ({
        token,
        proof: await proofFor(token, { claims: { jti: 'same' } }),
      })).map(async (each) => send(token, (await each).proof)),
    )
    expect(answers.filter((answer) => answer === 'allowed')).toHaveLength(1)
  })

  test('several guards of one request take its proof once, and of another request it is a replay', async () => {
    const token = await boundToken()
    const proof = await proofFor(token)
    const request = () => ({
      authorization: `DPoP ${token}`,
      sender: { method: 'POST', url, dpop: proof },
      identity: {},
    })
    const one = request()
    const outcomes = await Promise.all([h.api.check(one), h.api.check(one, { acr: 'phr' })])
    expect(outcomes.map(reason)).toEqual(['allowed', 'allowed'])
    expect(reason(await h.api.check(request()))).toBe('401 dpop_proof_replayed')
    const altered = { ...one, authorization: `DPoP ${await boundToken()}` }
    expect(reason(await h.api.check(altered))).toBe('401 dpop_proof_invalid')
    const elsewhere = { ...one, sender: { ...one.sender, dpop: undefined } }
    expect(reason(await h.api.check(elsewhere))).toBe('401 dpop_proof_missing')
  })

  test('a router and its route may both be guarded', async () => {
    const app = fastify()
    app.addHook('preHandler', protect(h.api.require()))
    app.post('/transfers', { preHandler: protect(h.api.require({ acr: 'phr' })) }, async () => 'ok')
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    try {
      const token = await boundToken()
      const post = async (dpop: string): Promise<number> => {
        const headers = { authorization: `DPoP ${token}`, dpop }
        return (await fetch(`${address}/transfers`, { method: 'POST', headers })).status
      }
      const proof = await proofFor(token, { claims: { htu: `${address}/transfers` } })
      expect(await post(proof)).toBe(200)
      expect(await post(proof)).toBe(401)
    } finally {
      await app.close()
    }
  })

  test('query and fragment of the address do not count, its spelling does not either (§4.3)', async () => {
    const token = await boundToken()
    const claims = { htu: 'HTTPS://API.example:443/transfers?x=1#y' }
    expect(await send(token, await proofFor(token, { claims }), { url: `${url}?other=2` })).toBe(
      'allowed',
    )
  })

  test.each<[string, ProofOptions]>([
    ['of another method', { claims: { htm: 'GET' } }],
    ['of a method in small letters', { claims: { htm: 'post' } }],
    ['for another address', { claims: { htu: 'https://api.example/admin' } }],
    ['for another origin', { claims: { htu: 'https://evil.example/transfers' } }],
    ['for an address that is none', { claims: { htu: 'transfers' } }],
    ['without an address', { claims: { htu: undefined } }],
    [
      'for another token',
      { claims: { ath: createHash('sha256').update('x').digest('base64url') } },
    ],
    ['for no token', { claims: { ath: undefined } }],
    ['without a name', { claims: { jti: undefined } }],
    ['with an empty name', { claims: { jti: '' } }],
    ['with a huge name', { claims: { jti: 'x'.repeat(257) } }],
    ['without a time', { claims: { iat: undefined } }],
    ['with a time that is no number', { claims: { iat: '1' } }],
    ['of another type', { header: { typ: 'at+jwt' } }],
    ['without a key', { header: { jwk: undefined } }],
    [
      'with a private key',
      { header: { jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' } } },
    ],
    ['with a symmetric key', { header: { jwk: { kty: 'oct', k: 'AAAA' } } }],
    ['with a critical header', { header: { crit: ['b64'], b64: true } }],
    ['with a nonce that is no text', { claims: { nonce: 1 } }],
  ])('a proof %s is none', async (_title, options) => {
    const token = await boundToken()
    expect(await send(token, await proofFor(token, options))).toBe('401 dpop_proof_invalid')
  })

  test('a proof by another key is none, whichever key it names', async () => {
    const token = await boundToken()
    const foreign = { header: { jwk: other.jwk }, signer: other }
    expect(await send(token, await proofFor(token, foreign))).toBe('401 dpop_proof_invalid')
    expect(await send(token, await proofFor(token, { signer: other }))).toBe(
      '401 dpop_proof_invalid',
    )
  })

  test('a proof that gives its private key away is none (§4.3, item 7)', async () => {
    const token = await boundToken()
    for (const member of ['d', 'k']) {
      const header = { jwk: { ...key.jwk, [member]: 'AAAA' } }
      expect(await send(token, await proofFor(token, { header }))).toBe('401 dpop_proof_invalid')
    }
  })

  test('a proof is good for a minute, and for the clock tolerance ahead', async () => {
    const token = await boundToken()
    const at = async (iat: number): Promise<string> =>
      send(token, await proofFor(token, { claims: { iat } }))
    expect(await at(h.now - 65)).toBe('allowed')
    expect(await at(h.now - 66)).toBe('401 dpop_proof_expired')
    expect(await at(h.now + 5)).toBe('allowed')
    expect(await at(h.now + 6)).toBe('401 dpop_proof_expired')
  })

  test.each<[string, SenderFacts['dpop']]>([
    ['no proof', undefined],
    ['two headers', ['a.b.c', 'a.b.c']],
  ])('%s is refused', async (_title, dpop) => {
    expect(await send(await boundToken(), dpop)).toBe('401 dpop_proof_missing')
  })

  test.each(['', 'x', 'a.b.c', 'a.b.c, a.b.c', 'x'.repeat(9000), 'e30.e30.AA'])(
    'what is no proof is refused: %.20s',
    async (dpop) => {
      expect(await send(await boundToken(), dpop)).toBe('401 dpop_proof_invalid')
    },
  )

  test('a proof that fails is not used up', async () => {
    const token = await boundToken()
    const proof = await proofFor(token)
    expect(await send(token, proof, { method: 'GET' })).toBe('401 dpop_proof_invalid')
    expect(await send(token, proof)).toBe('allowed')
  })

  test('the step-up challenge has the scheme of the token (RFC 9470 §3)', async () => {
    const token = await boundToken({ acr: 'basic' })
    const outcome = await h.api.check(
      {
        authorization: `DPoP ${token}`,
        sender: { method: 'POST', url, dpop: await proofFor(token) },
      },
      { acr: 'phr' },
    )
    expect(challengeOf(outcome)).toMatch(/^DPoP error="insufficient_user_authentication"/)
  })

  test('without a proof, nothing of the requirement is told', async () => {
    const token = await boundToken({ acr: 'basic' })
    expect(await send(token, undefined)).toBe('401 dpop_proof_missing')
  })

  test('a memory of used proofs that fails lets nobody through', async () => {
    h.api = await h.create({
      dpop: {
        usedProofs: {
          use: () => {
            throw new Error('away')
          },
        },
      },
    })
    const token = await boundToken()
    expect(await send(token, await proofFor(token))).toBe('503 used_proofs_unavailable')
  })

  test('behind a proxy, the public address counts', async () => {
    h.api = await h.create({ publicUrl: 'https://api.example' })
    const token = await boundToken()
    const inside = 'http://10.0.0.7:3000/transfers'
    expect(await send(token, await proofFor(token), { url: inside })).toBe('allowed')
    const claims = { htu: inside }
    expect(await send(token, await proofFor(token, { claims }), { url: inside })).toBe(
      '401 dpop_proof_invalid',
    )
  })
})

describe('nonces (RFC 9449 §9)', () => {
  const nonceSecret = new Uint8Array(32).fill(7)

  async function asked(token: string, nonce?: string): Promise<{ answer: string; nonce?: string }> {
    const dpop = await proofFor(token, nonce === undefined ? {} : { claims: { nonce } })
    const outcome = await h.api.check({
      authorization: `DPoP ${token}`,
      sender: { method: 'POST', url, dpop },
    })
    const next = outcome.outcome === 'refused' ? outcome.headers['DPoP-Nonce'] : undefined
    if (next !== undefined) {
      expect(challengeOf(outcome)).toMatch(/^DPoP error="use_dpop_nonce"/)
      expect(outcome).toMatchObject({
        headers: { 'Access-Control-Expose-Headers': expect.stringContaining('DPoP-Nonce') },
      })
    }
    return { answer: reason(outcome), ...(next !== undefined && { nonce: next }) }
  }

  test('a proof must repeat the nonce that the refusal names', async () => {
    h.api = await h.create({ dpop: { nonceSecret } })
    const token = await boundToken()
    const { answer, nonce } = await asked(token)
    expect(answer).toBe('401 dpop_nonce_needed')
    expect((await asked(token, nonce)).answer).toBe('allowed')
    expect((await asked(token, 'made-up')).answer).toBe('401 dpop_nonce_needed')
  })

  test('a nonce is good for a minute or two, on every process that has the secret', async () => {
    h.api = await h.create({ dpop: { nonceSecret } })
    const token = await boundToken({ exp: testTime + 3600 })
    const { nonce } = await asked(token)
    h.api = await h.create({ dpop: { nonceSecret } })
    h.now += 60
    expect((await asked(token, nonce)).answer).toBe('allowed')
    h.now += 60
    expect((await asked(token, nonce)).answer).toBe('401 dpop_nonce_needed')
  })

  test('a short secret is refused at start', async () => {
    await expect(h.create({ dpop: { nonceSecret: new Uint8Array(31) } })).rejects.toMatchObject({
      code: 'invalid_option',
    })
  })
})

describe('a token that is bound to a certificate (RFC 8705)', () => {
  const { der, thumbprint } = certificate

  async function sendBearer(cnf: unknown, presented?: Uint8Array): Promise<string> {
    const token = await h.issuer.sign({ cnf })
    const sender = { method: 'POST', url, ...(presented && { certificate: presented }) }
    return reason(await h.api.check({ authorization: `Bearer ${token}`, sender }))
  }

  test('passes with that certificate alone', async () => {
    const cnf = { 'x5t#S256': thumbprint }
    expect(await sendBearer(cnf, der)).toBe('allowed')
    expect(await sendBearer(cnf, new Uint8Array(der).fill(0, 0, 1))).toBe(
      '401 certificate_mismatch',
    )
    expect(await sendBearer(cnf)).toBe('401 certificate_mismatch')
  })

  test('passes over a TLS connection that presented it', async () => {
    const app = fastify({
      serverFactory: (handler) => createServer(askingForCertificate(certificate), handler),
    })
    app.get('/', { preHandler: protect(h.api.require()) }, async () => ({}))
    await app.listen({ port: 0, host: '127.0.0.1' })
    const token = await h.issuer.sign({ cnf: { 'x5t#S256': thumbprint } })
    try {
      expect(await statusOverTls(app.server, token, certificate)).toBe(200)
      expect(await statusOverTls(app.server, token)).toBe(401)
    } finally {
      await app.close()
    }
  })

  test('a token bound to both needs both', async () => {
    const token = await boundToken({ cnf: { jkt: key.thumbprint, 'x5t#S256': thumbprint } })
    expect(await send(token, await proofFor(token), { certificate: der })).toBe('allowed')
    expect(await send(token, await proofFor(token))).toBe('401 certificate_mismatch')
    expect(await send(token, undefined, { certificate: der })).toBe('401 dpop_proof_missing')
  })
})
