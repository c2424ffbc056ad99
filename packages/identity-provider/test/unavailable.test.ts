import { StoreError } from '@newel/identity-provider'
import { describe, expect, it, vi } from 'vitest'
import { authorizationRequest, openTestHouse } from '@newel/testing/house'

const yaml = ({ issuer, redirectUri }: { issuer: string; redirectUri: string }): string => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic }
`

describe('a provider whose database is away', () => {
  it('says so by 503, when to try again, and in the words of RFC 6749 §4.1.2.1', async () => {
    const house = await openTestHouse(yaml, { keepStore: true })
    const { url } = authorizationRequest(house, { client_id: 'web' })
    const visitor = house.visitor()
    const open = await visitor.get(url)
    await house.store.close()
    try {
      const page = await house.visitor().get(url)
      expect([page.status, page.page, page.headers.get('retry-after')]).toEqual([503, 'error', '2'])
      expect(page.html).toContain('try again')

      const answered = await visitor.submit(open, { username: 'ada', password: 'any password' })
      expect([answered.status, answered.headers.get('retry-after')]).toEqual([503, '2'])

      const form = { grant_type: 'authorization_code', client_id: 'web', code: 'x' }
      const token = await fetch(new URL('/token', house.issuer), {
        method: 'POST',
        body: new URLSearchParams({ ...form, redirect_uri: house.redirectUri, code_verifier: 'v' }),
      })
      expect([token.status, token.headers.get('retry-after')]).toEqual([503, '2'])
      expect(await token.json()).toMatchObject({ error: 'temporarily_unavailable' })
      expect((await house.provider.readiness()).notReady).toEqual(['store'])
    } finally {
      await house.close()
    }
  })

  it('sends no code and no cookie out where the session could not be saved', async () => {
    const house = await openTestHouse(yaml)
    const ada = await house.addPerson('ada')
    const { url } = authorizationRequest(house, { client_id: 'web' })
    const visitor = house.visitor()
    const { username, password } = ada
    await visitor.submit(await visitor.get(url), { username, password })
    const { artifacts } = house.store
    const upsert = artifacts.upsert.bind(artifacts)
    const write = vi.spyOn(artifacts, 'upsert')
    write.mockImplementation(async (model, ...rest) => {
      if (model === 'Session') throw new StoreError('store_full', 'the disk is full')
      return upsert(model, ...rest)
    })
    try {
      const page = await visitor.get(url)
      expect([page.status, page.page, page.headers.get('retry-after')]).toEqual([503, 'error', '2'])
      expect([page.headers.get('location'), page.headers.get('set-cookie')]).toEqual([null, null])
      write.mockRestore()
      expect((await visitor.get(url)).url.searchParams.get('code')).not.toBeNull()
    } finally {
      await house.close()
    }
  })
})
