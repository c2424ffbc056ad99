import { describe, expect, it } from 'vitest'
import type { ClientSettings } from './options.ts'
import { returnAddress } from './return-address.ts'

const origin = 'https://bank.example'

function returning(to: string | undefined, href = `${origin}/accounts?page=2#top`): string {
  const settings = { host: { href }, redirectUri: new URL(`${origin}/callback`) }
  return returnAddress(settings as ClientSettings, to)
}

describe('the address to come back to (RFC 9700 §4.11)', () => {
  it('is the page at hand, or one of this origin', () => {
    expect(returning(undefined)).toBe('/accounts?page=2#top')
    expect(returning('/cards')).toBe('/cards')
    expect(returning(`${origin}/cards`)).toBe('/cards')
  })

  it.each(['//evil.example/', '/\\evil.example/', 'https://evil.example/', 'http://'])(
    'is not %s',
    (to) => {
      expect(() => returning(to)).toThrow(expect.objectContaining({ code: 'configuration' }))
    },
  )

  it.each([
    `${origin}//evil.example/x`,
    `${origin}/\\evil.example/x`,
    `${origin}///evil.example/x`,
  ])('stays here where the page at hand is %s, which a link brought up', (href) => {
    for (const address of [returning(undefined, href), returning(href)]) {
      expect(new URL(address, origin).origin).toBe(origin)
      expect(address).toBe('/evil.example/x')
    }
  })

  it('is the start where it would be the callback page, however its path is written', () => {
    expect(returning('/callback?code=x')).toBe('/')
    expect(returning(undefined, `${origin}//callback?code=x`)).toBe('/')
  })
})
