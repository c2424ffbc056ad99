import { levelsFromOrder } from '@newel/policy'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fuzzed } from '@newel/testing/fuzz'
import { holdRequirement } from './hold-requirement.ts'
import type { Holding } from './hold-requirement.ts'
import { compileRequirement } from './requirement.ts'
import type { RequirementDeclaration } from './requirement.ts'
import type { VerifiedToken } from './verified-token.ts'

const now = 1_000_000
const order = levelsFromOrder([
  { acr: 'basic', lifetimeSeconds: 36_000, satisfies: [] },
  { acr: 'mfa', lifetimeSeconds: 3600, satisfies: ['basic'] },
  { acr: 'phr', lifetimeSeconds: 3600, satisfies: ['mfa', 'basic'] },
  { acr: 'kba', lifetimeSeconds: 3600, satisfies: [] },
])

function token(stated: Partial<VerifiedToken>): VerifiedToken {
  return {
    issuer: 'https://id.example',
    subject: 'anna',
    clientId: 'web',
    scope: [],
    isMachine: false,
    authentication: {},
    otherAuthentications: [],
    expiresAt: now + 60,
    notBefore: 0,
    issuedAt: now,
    confirmation: undefined,
    claims: {},
    ...stated,
  }
}

function hold(declaration: RequirementDeclaration, stated: Partial<VerifiedToken>): Holding {
  return holdRequirement(compileRequirement(declaration).parts, {
    order,
    token: token(stated),
    now,
    oneShotWindowSeconds: undefined,
  })
}

const at = (acr: string, age = 0): Partial<VerifiedToken> => ({
  authentication: { acr, authTime: now - age },
})

describe('all of several requirements', () => {
  const both: RequirementDeclaration = {
    allOf: [{ acr: 'basic', maxAge: 60 }, { acr: 'mfa' }, { scope: 'pay' }],
  }

  test('one token meets each', () => {
    expect(hold(both, { ...at('phr'), scope: ['pay'] }).met).toBe(true)
    expect(hold(both, { ...at('phr', 61), scope: ['pay'] }).met).toBe(false)
    expect(hold(both, at('phr')).met).toBe(false)
  })

  test('what is asked meets every part, those that are met already too', () => {
    expect(hold(both, { ...at('mfa', 61), scope: ['pay'] })).toMatchObject({
      asked: { acrValues: ['mfa'], maxAgeSeconds: 60 },
      scopes: [],
    })
  })

  test('scopes are asked beside the level', () => {
    expect(hold(both, at('basic'))).toMatchObject({
      asked: { acrValues: ['mfa'], maxAgeSeconds: 60 },
      scopes: ['pay'],
    })
  })

  test('where no named level meets all, one that does is asked', () => {
    const mixed = { allOf: [{ acr: ['mfa', 'kba'] }, { acr: ['basic', 'kba'] }] }
    expect(hold(mixed, {})).toMatchObject({ asked: { acrValues: ['mfa', 'kba'] } })
    const crossed = levelsFromOrder([
      { acr: 'a', lifetimeSeconds: 60, satisfies: [] },
      { acr: 'b', lifetimeSeconds: 60, satisfies: [] },
      { acr: 'both', lifetimeSeconds: 60, satisfies: ['a', 'b'] },
    ])
    const { parts } = compileRequirement({ allOf: [{ acr: 'a' }, { acr: 'b' }] })
    const holder = { order: crossed, token: token({}), now, oneShotWindowSeconds: undefined }
    expect(holdRequirement(parts, holder)).toMatchObject({ asked: { acrValues: ['both'] } })
  })

  test('parts that nothing meets together are never passed', () => {
    const never: RequirementDeclaration = { allOf: [{ acr: 'phr' }, { acr: 'kba' }] }
    for (const acr of order.acrValues) expect(hold(never, at(acr)).met).toBe(false)
  })
})

describe('levels that a token states side by side', () => {
  const both: RequirementDeclaration = { allOf: [{ acr: 'phr' }, { acr: 'kba' }] }
  const phr = { acr: 'phr', authTime: now }

  test('the one that lacks is asked, and both together pass', () => {
    expect(hold(both, {})).toMatchObject({ asked: { acrValues: ['phr'] } })
    expect(hold(both, { authentication: phr })).toMatchObject({ asked: { acrValues: ['kba'] } })
    const stated = { authentication: phr, otherAuthentications: [{ acr: 'kba', authTime: now }] }
    expect(hold(both, stated).met).toBe(true)
  })
})

describe('any of several requirements', () => {
  const either: RequirementDeclaration = {
    anyOf: [{ acr: 'phr' }, { acr: 'mfa', scope: 'trusted' }],
  }

  test('one is enough', () => {
    expect(hold(either, at('phr')).met).toBe(true)
    expect(hold(either, { ...at('mfa'), scope: ['trusted'] }).met).toBe(true)
    expect(hold(either, at('mfa')).met).toBe(false)
  })

  test('the first is what is asked', () => {
    expect(hold(either, at('mfa'))).toMatchObject({ asked: { acrValues: ['phr'] }, scopes: [] })
  })

  test('levels of the same age are asked as a list', () => {
    const list: RequirementDeclaration = {
      anyOf: [
        { acr: 'phr', maxAge: 60 },
        { acr: 'kba', maxAge: 60 },
        { acr: 'mfa', maxAge: 90 },
      ],
    }
    expect(hold(list, at('basic'))).toMatchObject({
      asked: { acrValues: ['phr', 'kba'], maxAgeSeconds: 60 },
    })
  })

  test('a machine passes by a part that asks no person, and is told of that part alone', () => {
    const machine = { isMachine: true }
    const mixed: RequirementDeclaration = { anyOf: [{ acr: 'mfa' }, { scope: 'batch' }] }
    expect(hold(mixed, { ...machine, scope: ['batch'] }).met).toBe(true)
    expect(hold(mixed, machine)).toMatchObject({ needsPerson: false, scopes: ['batch'] })
    expect(hold({ anyOf: [{ acr: 'mfa' }] }, machine)).toMatchObject({ needsPerson: true })
    expect(hold({ allOf: [{ acr: 'mfa' }, {}] }, machine)).toMatchObject({ needsPerson: true })
  })

  test('a proof that lasts is not used up where it is enough', () => {
    const once = { authentication: { acr: 'phr', authTime: now, oneShot: true } }
    const list: RequirementDeclaration = { anyOf: [{ acr: 'phr', maxAge: 0 }, { acr: 'mfa' }] }
    expect(hold({ anyOf: [{ acr: 'phr', maxAge: 0 }] }, once)).toMatchObject({
      met: true,
      usesUp: once.authentication,
    })
    expect(hold(list, once)).toMatchObject({ met: true, usesUp: undefined })
  })
})

describe('several levels in one token', () => {
  test('each counts with its own time', () => {
    const stated = {
      authentication: { acr: 'phr', authTime: now - 3601 },
      otherAuthentications: [{ acr: 'basic', authTime: now - 10 }],
    }
    expect(hold({ acr: 'basic', maxAge: 60 }, stated).met).toBe(true)
    expect(hold({ acr: 'phr' }, stated)).toMatchObject({ unmet: [{ reason: 'expired' }] })
    expect(hold({ acr: 'mfa', maxAge: 60 }, stated).met).toBe(false)
  })
})

const simple: fc.Arbitrary<RequirementDeclaration> = fc
  .record({
    acr: fc.option(fc.constantFrom('basic', 'mfa', 'phr', 'kba'), { nil: undefined }),
    maxAge: fc.option(fc.constantFrom(60, 600, 7200), { nil: undefined }),
    scope: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
  })
  .map(
    (each) =>
      Object.fromEntries(
        Object.entries(each).filter(([, value]) => value !== undefined),
      ) as RequirementDeclaration,
  )
const holder = fc.record({
  acr: fc.constantFrom('basic', 'mfa', 'phr', 'kba'),
  age: fc.integer({ min: 0, max: 8000 }),
  scope: fc.subarray(['a', 'b']),
})

describe('laws', () => {
  test('all is the conjunction of its parts, any their disjunction', () => {
    fc.assert(
      fc.property(fc.array(simple, { minLength: 1, maxLength: 4 }), holder, (parts, stated) => {
        const claims = { ...at(stated.acr, stated.age), scope: stated.scope }
        const each = parts.map((part) => hold(part, claims).met)
        expect(hold({ allOf: parts }, claims).met).toBe(each.every(Boolean))
        expect(hold({ anyOf: parts }, claims).met).toBe(each.some(Boolean))
      }),
      fuzzed(2000),
    )
  })

  test('a token with what all of them ask meets all of them, where a level can', () => {
    fc.assert(
      fc.property(fc.array(simple, { minLength: 1, maxLength: 4 }), holder, (parts, stated) => {
        const claims = { ...at(stated.acr, stated.age), scope: stated.scope }
        const holding = hold({ allOf: parts }, claims)
        if (holding.met || holding.unmet.length === 0) return
        const [acr] = holding.asked.acrValues
        const answer = {
          authentication: { authTime: now, acr: acr ?? stated.acr },
          scope: [...stated.scope, ...holding.scopes],
        }
        const canBeMet = order.acrValues.some(
          (level) => hold({ allOf: parts }, { ...at(level), scope: ['a', 'b'] }).met,
        )
        expect(hold({ allOf: parts }, answer).met).toBe(canBeMet)
      }),
      fuzzed(2000),
    )
  })
})
