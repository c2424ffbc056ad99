import { compileLevels } from '@newel/policy'
import { describe, expect, it } from 'vitest'

import { levelOrderFromMetadata, levelsMetadata, mostPublishedLevels } from './levels-metadata.ts'

const levels = compileLevels({
  levels: [
    { name: 'basic', accepts: [['password'], ['passkey']], lifetimeSeconds: 43_200 },
    { name: 'mfa', accepts: [['password', 'totp'], ['passkey']], lifetimeSeconds: 900 },
    { name: 'phishing-resistant', acr: 'phr', accepts: [['passkey']], lifetimeSeconds: 0 },
  ],
})

const entry = { acr: 'basic', lifetime: 60, satisfies: [] }

describe('the levels in a discovery document', () => {
  it('name acr, lifetime in seconds and every lower level', () => {
    expect(levelsMetadata(levels)).toEqual([
      { acr: 'basic', lifetime: 43_200, satisfies: [] },
      { acr: 'mfa', lifetime: 900, satisfies: ['basic'] },
      { acr: 'phr', lifetime: 0, satisfies: ['basic', 'mfa'] },
    ])
  })

  it('give the reader the order of the provider', () => {
    const document = JSON.stringify({
      acr_values_supported: levels.acrValues,
      newel_levels: levelsMetadata(levels),
    })
    const read = levelOrderFromMetadata(JSON.parse(document) as Record<string, unknown>)
    if (!read.ok || !read.order) throw new Error('not read')
    expect(read.acrValuesSupported).toEqual(['basic', 'mfa', 'phr'])
    expect(read.order.acrValues).toEqual(levels.acrValues)
    for (const acr of levels.acrValues) {
      expect(read.order.lifetimeSeconds(acr)).toBe(levels.lifetimeSeconds(acr))
      for (const required of levels.acrValues) {
        expect(read.order.satisfies(acr, required)).toBe(levels.satisfies(acr, required))
      }
    }
  })

  it('may be missing: then no order is known', () => {
    expect(levelOrderFromMetadata({ issuer: 'https://id.example.com' })).toEqual({
      ok: true,
      order: undefined,
      acrValuesSupported: undefined,
    })
    expect(levelOrderFromMetadata({ acr_values_supported: ['0', '1'] })).toEqual({
      ok: true,
      order: undefined,
      acrValuesSupported: ['0', '1'],
    })
  })

  it('are closed under transitivity', () => {
    const read = levelOrderFromMetadata({
      newel_levels: [
        { acr: 'c', lifetime: 60, satisfies: ['b'] },
        { acr: 'b', lifetime: 60, satisfies: ['a'] },
        { acr: 'a', lifetime: 60, satisfies: [] },
      ],
    })
    expect(read.ok && read.order?.satisfies('c', 'a')).toBe(true)
    expect(read.ok && read.order?.satisfies('a', 'c')).toBe(false)
  })

  it('may carry members that a later version adds', () => {
    const read = levelOrderFromMetadata({ newel_levels: [{ ...entry, title: 'Password' }] })
    expect(read).toMatchObject({ ok: true })
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['an object', {}],
    ['a text', 'basic'],
    ['an empty list', []],
    ['a list of texts', ['basic']],
    ['an entry of null', [null]],
    ['an entry without a level', [{ lifetime: 60, satisfies: [] }]],
    ['a level as a number', [{ ...entry, acr: 1 }]],
    ['an empty level', [{ ...entry, acr: '' }]],
    ['a level beyond ASCII', [{ ...entry, acr: 'b\u00e4sic' }]],
    ['a level with a space', [{ ...entry, acr: 'b a' }]],
    ['an entry without a lifetime', [{ acr: 'a', satisfies: [] }]],
    ['a lifetime as a text', [{ ...entry, lifetime: '12h' }]],
    ['a negative lifetime', [{ ...entry, lifetime: -1 }]],
    ['a fraction of a second', [{ ...entry, lifetime: 1.5 }]],
    ['a lifetime of centuries', [{ ...entry, lifetime: 1e12 }]],
    ['an entry without lower levels', [{ acr: 'a', lifetime: 60 }]],
    ['lower levels as a text', [{ ...entry, satisfies: 'a' }]],
    ['a lower level as a number', [{ ...entry, satisfies: [1] }]],
    ['a sparse list', Array(2)],
  ])('%s is refused', (_, published) => {
    expect(levelOrderFromMetadata({ newel_levels: published })).toMatchObject({
      ok: false,
      code: 'invalid_levels',
    })
  })

  it.each<[string, unknown]>([
    ['a level published twice', [entry, entry]],
    ['an undeclared lower level', [{ ...entry, satisfies: ['none'] }]],
    [
      'a cycle',
      [
        { acr: 'a', lifetime: 60, satisfies: ['b'] },
        { acr: 'b', lifetime: 60, satisfies: ['a'] },
      ],
    ],
  ])('%s is refused', (_, published) => {
    expect(levelOrderFromMetadata({ newel_levels: published })).toMatchObject({
      ok: false,
      code: 'contradictory_levels',
    })
  })

  it.each<[unknown]>([[null], ['mfa'], [[1]], [['']], [['mf\u00e1']], [{}]])(
    '`acr_values_supported` of %j is refused',
    (supported) => {
      expect(levelOrderFromMetadata({ acr_values_supported: supported })).toMatchObject({
        ok: false,
        code: 'invalid_acr_values_supported',
      })
    },
  )

  it('the longest chain of levels is read, one level more is refused', () => {
    const read = levelOrderFromMetadata({ newel_levels: chain(mostPublishedLevels) })
    expect(read.ok && read.order?.satisfies(`l${mostPublishedLevels - 1}`, 'l0')).toBe(true)
    const longer = { newel_levels: chain(mostPublishedLevels + 1) }
    expect(levelOrderFromMetadata(longer)).toMatchObject({ code: 'too_many_levels' })
    const values = { acr_values_supported: Array(1_000_000).fill('a') as unknown }
    expect(levelOrderFromMetadata(values)).toMatchObject({ code: 'too_many_levels' })
  })

  it('members of a prototype are not published', () => {
    const metadata = Object.create({ newel_levels: [entry] }) as Record<string, unknown>
    expect(levelOrderFromMetadata(metadata)).toMatchObject({ ok: true, order: undefined })
  })
})

function chain(length: number) {
  return Array.from({ length }, (_, index) => ({
    acr: `l${index}`,
    lifetime: 60,
    satisfies: index === 0 ? [] : [`l${index - 1}`],
  }))
}
