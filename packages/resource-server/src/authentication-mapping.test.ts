import { describe, expect, test } from 'vitest'
import {
  levelsByName,
  levelsFromFactorAges,
  levelsFromList,
  levelsFromMethods,
  standardClaims,
} from './authentication-mapping.ts'

const iat = 1_000_000

describe('levels as a list', () => {
  const read = levelsFromList()

  test('each is reached, at the time that the token states', () => {
    expect(read({ acrs: ['c1', 'c2'], auth_time: 7, amr: ['mfa'] })).toEqual([
      { acr: 'c1', authTime: 7, amr: ['mfa'] },
      { acr: 'c2', authTime: 7, amr: ['mfa'] },
    ])
  })

  test.each([
    [{}],
    [{ acrs: 'c1' }],
    [{ acrs: [] }],
    [{ acrs: [1, null, '', 'a b', ['c1']] }],
    [{ acrs: Array.from({ length: 33 }, () => 'c1') }],
    [{ acr: 'c1' }],
  ])('%o states none', (claims) => {
    expect(read(claims)).toEqual([])
  })

  test('what is no level among them is passed over', () => {
    expect(read({ acrs: [1, 'c2'] })).toEqual([{ acr: 'c2' }])
  })
})

describe('levels by methods', () => {
  const read = levelsFromMethods({ mfa: [['mfa'], ['pwd', 'otp']], basic: [['pwd']], none: [[]] })

  test('a set is reached where all its methods are there, the strongest level first', () => {
    expect(read({ amr: ['otp', 'pwd'], auth_time: 7 }).map(({ acr }) => acr)).toEqual([
      'mfa',
      'basic',
    ])
    expect(read({ amr: ['pwd'] }).map(({ acr }) => acr)).toEqual(['basic'])
  })

  test.each([[{}], [{ amr: 'pwd' }], [{ amr: ['PWD'] }], [{ amr: ['pwd', 1] }], [{ amr: [] }]])(
    '%o states none, an empty set neither',
    (claims) => {
      expect(read(claims)).toEqual([])
    },
  )

  test('the acr of the token is not looked at', () => {
    expect(read({ acr: 'mfa', amr: ['otp'] })).toEqual([])
  })
})

describe('levels under other names', () => {
  const read = levelsByName({ '2': 'mfa', 'http://schemas.example/mfa': 'mfa' })

  test('a number counts as its text, an address as itself', () => {
    expect(read({ acr: 2, auth_time: 7 })).toEqual([{ acr: 'mfa', authTime: 7 }])
    expect(read({ acr: 'http://schemas.example/mfa' })).toEqual([{ acr: 'mfa' }])
  })

  test.each([[{}], [{ acr: '3' }], [{ acr: 'mfa' }], [{ acr: [2] }], [{ acr: 'toString' }]])(
    '%o states none',
    (claims) => {
      expect(read(claims)).toEqual([])
    },
  )
})

describe('ages of factors in minutes', () => {
  const read = levelsFromFactorAges(['first', 'second'])

  test('they count back from the time of issue, the later factor first', () => {
    expect(read({ iat, fva: [10, 2] })).toEqual([
      { acr: 'second', authTime: iat - 120 },
      { acr: 'first', authTime: iat - 600 },
    ])
  })

  test('-1 is never, and so is what is no age', () => {
    expect(read({ iat, fva: [0, -1] })).toEqual([{ acr: 'first', authTime: iat }])
    expect(read({ iat, fva: ['0', 1.5] })).toEqual([])
    expect(read({ iat, fva: 3 })).toEqual([])
    expect(read({ fva: [1, 1] })).toEqual([])
    expect(read({ iat })).toEqual([])
  })
})

describe('the claims of the specifications', () => {
  test('malformed ones state nothing', () => {
    expect(standardClaims({ acr: 'mfa', auth_time: 'now' })).toEqual([])
    expect(standardClaims({ acr: ['mfa'] })).toEqual([])
    expect(standardClaims({ acr: 'mfa', auth_time: 7 })).toEqual([{ acr: 'mfa', authTime: 7 }])
  })
})
