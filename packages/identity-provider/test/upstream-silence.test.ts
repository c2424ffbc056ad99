import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { parsePolicyDocument } from '@newel/policy-document'
import { Visitor, authorizationRequest, freePort } from '@newel/testing/house'
import { createIdentityProvider, createSealer, openSqliteStore } from '../src/index.ts'
import { startScriptedUpstream, upstreamSecret } from './scripted-upstream.ts'

it('nothing that an upstream gives, or is given, reaches a log line or an event; which upstream failed and how does', async () => {
  const upstream = await startScriptedUpstream()
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const redirectUri = 'http://localhost:9/callback'
  const parsed = parsePolicyDocument(`issuer: ${issuer}
levels: { basic: { accepts: [password, federated], lifetime: 12h } }
clients: [{ id: web, redirectUris: ['${redirectUri}'], default: basic }]
upstreams: [{ id: company, name: Example Company, issuer: '${upstream.issuer}', clientId: newel, secret: { env: S }, provision: true, accept: [{ name: any, any: true }] }]
`)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const sealer = createSealer(randomBytes(32))
  const store = await openSqliteStore({ path: ':memory:', sealer })
  const told: string[] = []
  const keep = (...facts: unknown[]): void => {
    told.push(JSON.stringify(facts))
  }
  const provider = await createIdentityProvider({
    document: parsed.document,
    store,
    sealer,
    upstreamSecrets: new Map([['company', upstreamSecret]]),
    logger: { info: keep, warn: keep, error: keep },
    observe: keep,
  })
  await provider.listen({ port })

  const codes: string[] = []
  const visit = async (): Promise<void> => {
    const visitor = new Visitor(issuer)
    const { url } = authorizationRequest({ issuer, redirectUri }, { client_id: 'web' })
    const left = await visitor.press(await visitor.get(url), 'Continue with Example Company')
    if (left.url.origin !== upstream.issuer) return
    const callback = await upstream.visit(left.url)
    codes.push(callback.searchParams.get('code') ?? '')
    await visitor.get(callback)
    await visitor.get(callback)
  }
  for (const answer of [
    {},
    { forged: true },
    { claims: { nonce: 'other' } },
    { error: 'server_error' },
    { tokenStatus: 500 },
    { padding: 300_000 },
  ]) {
    upstream.answer = answer
    await visit()
  }
  await upstream.stop()
  await provider.close()
  await store.close()

  const all = told.join('\n')
  expect(all).toContain('"upstream":"company"')
  expect(all).toContain('"signed_in"')
  const secrets = [
    upstreamSecret,
    'upstream-access-token',
    'ada-upstream',
    'eyJ',
    ...upstream.asked.flatMap(({ state = '', nonce = '', code_challenge: challenge = '' }) => [
      state,
      nonce,
      challenge,
    ]),
    ...codes.filter((code) => code !== '').map((code) => `${code}"`),
  ]
  expect(secrets.filter((secret) => all.includes(secret))).toEqual([])
})
