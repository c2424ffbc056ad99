import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DocumentChanges, IdentityProviderError } from '@newel/identity-provider'
import { formatProblem, parsePolicyDocument } from '@newel/policy-document'
import { type TestHouse, answerPages, redeem, requestTokens } from '@newel/testing/house'
import {
  clientSecrets,
  ask,
  journey,
  openStepUpHouse,
  outcome,
  pass,
  stepUpDocument,
} from './step-up-house.ts'

let house: TestHouse
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  house = await openStepUpHouse()
})
afterEach(async () => {
  await house.close()
  vi.useRealTimers()
})

function changed(replace: readonly (readonly [string, string])[]): DocumentChanges {
  const text = replace.reduce(
    (before, [from, to]) => before.replace(from, to),
    stepUpDocument(house),
  )
  const parsed = parsePolicyDocument(text)
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join())
  return { document: parsed.document, clientSecrets }
}

describe('a document that is reloaded', () => {
  it('shortens the levels of sessions that are open, and of tokens that are refreshed', async () => {
    const ada = await house.addPerson('ada', { totp: true })
    const visitor = house.visitor()
    const tokens = await journey(house, visitor, ada, { acr_values: 'mfa' })
    pass(300)
    expect((await journey(house, visitor, ada, { acr_values: 'mfa' })).asked).toEqual([])
    await house.provider.reload(changed([['lifetime: 15m', 'lifetime: 4m']]))
    expect((await journey(house, visitor, ada, { acr_values: 'mfa' })).asked).toEqual([
      'step-up:totp',
    ])
    const refreshed = await requestTokens(house, {
      grant_type: 'refresh_token',
      client_id: 'web',
      refresh_token: String(tokens.raw.refresh_token),
    })
    expect([refreshed.status, refreshed.accessToken.acr]).toEqual([200, 'basic'])
  })

  it('is what the discovery document tells from then on', async () => {
    await house.provider.reload(changed([['lifetime: 15m', 'lifetime: 4m']]))
    const answered = await fetch(new URL('/.well-known/openid-configuration', house.issuer))
    expect(await answered.text()).toContain('"lifetime":240')
  })

  it('brings new clients, and takes those that it no longer names', async () => {
    const visitor = house.visitor()
    await house.provider.reload(changed([['id: second', 'id: third']]))
    const known = await ask(house, visitor, { client_id: 'third' })
    const unknown = await ask(house, visitor, { client_id: 'second' })
    expect([known.page.page, unknown.page.page]).toEqual(['login', 'error'])
  })

  it('lets a step-up that is under way go on', async () => {
    const ada = await house.addPerson('ada', { totp: true })
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page, attempt } = await ask(house, visitor, { acr_values: 'mfa' })
    await house.provider.reload(changed([['lifetime: 15m', 'lifetime: 4m']]))
    const answered = await answerPages(visitor, page, ada)
    expect(outcome(answered.page)).toBe('code')
    expect((await redeem(house, 'web', attempt, answered.page)).accessToken.acr).toBe('mfa')
  })

  it('is what a server of one’s own answers by, too', async () => {
    const server = createServer(house.provider.handler)
    await new Promise<void>((resolve) => {
      server.listen(0, 'localhost', resolve)
    })
    const { port } = server.address() as AddressInfo
    const lifetimes = async (): Promise<string> =>
      (await fetch(`http://localhost:${port}/.well-known/openid-configuration`)).text()
    expect(await lifetimes()).not.toContain('"lifetime":240')
    await house.provider.reload(changed([['lifetime: 15m', 'lifetime: 4m']]))
    expect(await lifetimes()).toContain('"lifetime":240')
    server.close()
    server.closeAllConnections()
  })

  it('with another issuer is refused, and the old one stays', async () => {
    const other = changed([[`issuer: ${house.issuer}`, 'issuer: https://elsewhere.test']])
    const refused = await house.provider
      .reload(other)
      .catch((error: unknown) => error as IdentityProviderError)
    expect(refused?.code).toBe('issuer_changed')
    expect((await ask(house, house.visitor(), {})).page.page).toBe('login')
  })

  it('whose confidential client has no secret is refused, and the old one stays', async () => {
    const changes = changed([['id: api,', 'id: another,']])
    const refused = await house.provider
      .reload(changes)
      .catch((error: unknown) => error as IdentityProviderError)
    expect(refused?.code).toBe('client_secret_missing')
    expect((await ask(house, house.visitor(), {})).page.page).toBe('login')
  })

  it('fails no request that comes while it is taken up', async () => {
    const changes = changed([['lifetime: 15m', 'lifetime: 4m']])
    const requests = Array.from({ length: 60 }, async (_, number) => {
      if (number % 20 === 0) await house.provider.reload(changes)
      return (await fetch(new URL('/jwks.json', house.issuer))).status
    })
    expect(new Set(await Promise.all(requests))).toEqual(new Set([200]))
  })
})
