import { describe, expect, it } from 'vitest'
import type { LevelDefinition, LevelsDefinition } from './level.ts'
import { methodsProvedBy } from './method-equivalence.ts'
import { longestLifetimeSeconds } from './level-order.ts'
import { compileLevels, levelsFromOrder } from './levels.ts'

function level(name: string, more: Partial<LevelDefinition> = {}): LevelDefinition {
  return { name, accepts: [['password']], lifetimeSeconds: 60, ...more }
}

const refused: { title: string; definition: LevelsDefinition; code: string; path: string }[] = [
  { title: 'no levels', definition: { levels: [] }, code: 'no_levels', path: 'levels' },
  {
    title: 'two levels of one name',
    definition: { levels: [level('a', { acr: '1' }), level('a', { acr: '2' })] },
    code: 'duplicate_level',
    path: 'levels.a',
  },
  {
    title: 'two levels of one acr',
    definition: { levels: [level('a'), level('b', { acr: 'a' })] },
    code: 'duplicate_acr',
    path: 'levels.b.acr',
  },
  ...['with space', 'quo"te', 'back\\slash', 'é', '', 'line\n'].map((acr) => ({
    title: `the acr ${JSON.stringify(acr)}`,
    definition: { levels: [level('a', { acr })] },
    code: 'invalid_acr',
    path: 'levels.a.acr',
  })),
  {
    title: 'a name that cannot be an acr, where no acr is stated',
    definition: { levels: [level('two words')] },
    code: 'invalid_acr',
    path: 'levels.two words.acr',
  },
  {
    title: 'a level that accepts nothing',
    definition: { levels: [level('a', { accepts: [] })] },
    code: 'no_alternatives',
    path: 'levels.a.accepts',
  },
  {
    title: 'an alternative without methods, which everybody would meet',
    definition: { levels: [level('a', { accepts: [['password'], []] })] },
    code: 'empty_alternative',
    path: 'levels.a.accepts',
  },
  ...[-1, 1.5, Number.NaN, Infinity, longestLifetimeSeconds + 1].map((lifetimeSeconds) => ({
    title: `the lifetime ${lifetimeSeconds}`,
    definition: { levels: [level('a', { lifetimeSeconds })] },
    code: 'invalid_lifetime',
    path: 'levels.a.lifetime',
  })),
  {
    title: 'a method lifetime below 0',
    definition: { levels: [level('a')], methods: { password: { lifetimeSeconds: -1 } } },
    code: 'invalid_lifetime',
    path: 'methods.password.lifetime',
  },
  {
    title: 'an undeclared level under `satisfies`',
    definition: { levels: [level('a', { satisfies: ['b'] })] },
    code: 'unknown_level',
    path: 'levels.a.satisfies',
  },
  {
    title: 'an acr under `satisfies`, where names are meant',
    definition: { levels: [level('a', { acr: 'x' }), level('b', { satisfies: ['x'] })] },
    code: 'unknown_level',
    path: 'levels.b.satisfies',
  },
  {
    title: 'levels that satisfy each other, at the name of the level and not at its acr',
    definition: {
      levels: [
        level('a', { acr: 'x', satisfies: ['b'] }),
        level('b', { satisfies: ['c'] }),
        level('c', { satisfies: ['a'] }),
      ],
    },
    code: 'level_cycle',
    path: 'levels.a.satisfies',
  },
  {
    title: 'two levels that accept the same, so that each contains the other',
    definition: { levels: [level('a'), level('b')] },
    code: 'level_cycle',
    path: 'levels.a.satisfies',
  },
]

describe('a definition of levels', () => {
  it.each(refused)('is refused with $title', ({ definition, code, path }) => {
    expect(() => compileLevels(definition)).toThrow(
      expect.objectContaining({ name: 'PolicyError', code, path }),
    )
  })

  it.each(refused)('says why in one line without a final stop: $title', ({ definition }) => {
    let message = ''
    try {
      compileLevels(definition)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toMatch(/^[a-z`].*[^.]$/s)
  })

  it('names the way around a cycle', () => {
    const levels = [level('a', { satisfies: ['b'] }), level('b', { satisfies: ['a'] })]
    expect(() => compileLevels({ levels })).toThrow('`a` → `b` → `a`')
  })

  it('may state that a level satisfies itself, which it does anyway', () => {
    const levels = compileLevels({ levels: [level('a', { satisfies: ['a'] })] })
    expect(levels.byAcr('a')?.satisfies).toEqual([])
  })

  it('may have two levels that accept the same, where one states the order', () => {
    const levels = compileLevels({ levels: [level('a', { satisfies: [] }), level('b')] })
    expect(levels.satisfies('b', 'a')).toBe(true)
    expect(levels.satisfies('a', 'b')).toBe(false)
  })

  it('accepts the longest lifetime and lifetime 0', () => {
    const lifetimes = [0, longestLifetimeSeconds]
    for (const lifetimeSeconds of lifetimes) {
      const levels = compileLevels({ levels: [level('a', { lifetimeSeconds })] })
      expect(levels.lifetimeSeconds('a')).toBe(lifetimeSeconds)
    }
  })

  it('takes names of members that every object has for what they are', () => {
    const levels = compileLevels({
      levels: [level('constructor', { accepts: [['toString']] })],
      methods: { toString: { lifetimeSeconds: 5 } },
    })
    expect(levels.has('constructor')).toBe(true)
    expect(levels.has('hasOwnProperty')).toBe(false)
    expect(levels.methodLifetimeSeconds('toString')).toBe(5)
    expect(levels.methodLifetimeSeconds('valueOf')).toBe(0)
  })
})

describe('compiled levels', () => {
  const levels = compileLevels({
    levels: [
      level('high', { acr: 'urn:high', accepts: [['password', 'security-key', 'password']] }),
      level('low', { lifetimeSeconds: 900 }),
    ],
    methods: { totp: { lifetimeSeconds: 30 } },
  })

  it('stand weakest first, whatever order they were written in', () => {
    expect(levels.all.map(({ name }) => name)).toEqual(['low', 'high'])
    expect(levels.acrValues).toEqual(['low', 'urn:high'])
  })

  it('are found by name and by acr, and neither stands for the other', () => {
    expect(levels.byName('high')?.acr).toBe('urn:high')
    expect(levels.byAcr('urn:high')?.name).toBe('high')
    expect(levels.byAcr('high')).toBeUndefined()
    expect(levels.byName('urn:high')).toBeUndefined()
    expect(levels.lifetimeSeconds('high')).toBeUndefined()
  })

  it('count a method that is named twice once, and know which methods they add', () => {
    expect(levels.byName('high')?.accepts).toEqual([
      { methods: ['password', 'security-key'], proof: ['security-key'] },
    ])
    expect(levels.byName('low')?.accepts).toEqual([{ methods: ['password'], proof: ['password'] }])
  })

  it('give a method the longest lifetime of the levels that accept it, unless one is stated', () => {
    expect(levels.methodLifetimeSeconds('password')).toBe(900)
    expect(levels.methodLifetimeSeconds('security-key')).toBe(60)
    expect(levels.methodLifetimeSeconds('totp')).toBe(30)
    expect(levels.methodLifetimeSeconds('email-code')).toBe(0)
  })

  it('give a passkey the lifetime of the security key that it counts as', () => {
    expect(levels.methodLifetimeSeconds('passkey')).toBe(60)
  })
})

describe('an order of levels from a provider', () => {
  const entry = (acr: string, ...satisfies: string[]) => ({ acr, lifetimeSeconds: 60, satisfies })

  it('is closed under transitivity', () => {
    const order = levelsFromOrder([entry('c', 'b'), entry('b', 'a'), entry('a')])
    expect(order.satisfies('c', 'a')).toBe(true)
    expect(order.acrValues).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['a repeated level', 'duplicate_acr', [entry('a'), entry('a')]],
    ['an unknown level', 'unknown_level', [entry('a', 'b')]],
    ['a cycle', 'level_cycle', [entry('a', 'b'), entry('b', 'a')]],
    ['a bad lifetime', 'invalid_lifetime', [{ ...entry('a'), lifetimeSeconds: -1 }]],
  ] as const)('is refused with %s', (_, code, entries) => {
    expect(() => levelsFromOrder(entries)).toThrow(
      expect.objectContaining({ name: 'PolicyError', code, path: 'a' }),
    )
  })

  it('without levels knows none', () => {
    const order = levelsFromOrder([])
    expect(order.acrValues).toEqual([])
    expect(order.has('a')).toBe(false)
  })
})

describe('a method of one upstream', () => {
  it.each([
    ['federated:company/mfa', ['federated:company/mfa', 'federated:company', 'federated']],
    ['federated:company', ['federated:company', 'federated']],
    ['federated', ['federated']],
    ['constructor', ['constructor']],
  ])('%s proves the wider names too', (method, proved) => {
    expect(methodsProvedBy(method)).toEqual(proved)
  })

  it('puts its level above one that accepts the wider method', () => {
    const levels = compileLevels({
      levels: [
        level('basic', { accepts: [['password'], ['federated']] }),
        level('mfa', { accepts: [['federated:company/mfa'], ['federated:company', 'totp']] }),
      ],
    })
    expect(levels.satisfies('mfa', 'basic')).toBe(true)
  })
})
