import { describe, expect, it } from 'vitest'
import { type AuthenticationEvent, type Method, compileLevels } from '@newel/policy'
import { type StepQuestion, nextStep, requirementForEnrolment } from './next-step.ts'

const now = 1_800_000_000
const request = 'this request'

const levels = compileLevels({
  levels: [
    { name: 'basic', accepts: [['password'], ['passkey']], lifetimeSeconds: 43_200 },
    {
      name: 'mfa',
      accepts: [['password', 'totp'], ['password', 'security-key'], ['passkey']],
      lifetimeSeconds: 900,
    },
    {
      name: 'phishing-resistant',
      acr: 'phr',
      accepts: [['passkey'], ['password', 'security-key']],
      lifetimeSeconds: 300,
    },
  ],
})

function question(changes: Partial<StepQuestion> = {}): StepQuestion {
  return {
    levels,
    requirement: { acrValues: ['mfa'] },
    record: [],
    now,
    request,
    enrolled: ['password', 'totp'],
    locks: new Map(),
    enrollable: [],
    enrolledCounts: false,
    failedAttempts: 0,
    attemptLimit: 10,
    ...changes,
  }
}

function proved(method: Method, secondsAgo = 0, during = request): AuthenticationEvent {
  return { method, at: now - secondsAgo, request: during }
}

const before = 'an earlier request'

describe('the next step', () => {
  it('ends where the requirement is met', () => {
    const record = [proved('password'), proved('totp')]
    expect(nextStep(question({ record }))).toEqual({ kind: 'satisfied' })
  })

  it('asks only for what is missing, and tells what is held', () => {
    expect(nextStep(question({ record: [proved('password', 600, before)] }))).toEqual({
      kind: 'ask',
      method: 'totp',
      acr: 'mfa',
      reason: 'missing',
      given: ['password'],
      missing: ['totp'],
      otherMethods: [],
      forEnrolment: false,
    })
  })

  it('tells that the level was proved too long ago', () => {
    const record = [proved('password', 1000, before), proved('totp', 1000, before)]
    expect(nextStep(question({ record }))).toMatchObject({ kind: 'ask', reason: 'expired' })
  })

  describe('with recovery codes that the level names first', () => {
    const resort = question({
      levels: compileLevels({
        levels: [
          {
            name: 'mfa',
            accepts: [['password', 'recovery-code'], ['password', 'totp'], ['passkey']],
            lifetimeSeconds: 900,
          },
        ],
      }),
      record: [proved('password', 60, before)],
    })

    it.each(['totp', 'passkey'])('asks for %s before a code is used up', (method) => {
      const enrolled = ['password', 'recovery-code', method]
      expect(nextStep({ ...resort, enrolled })).toMatchObject({
        kind: 'ask',
        method,
        otherMethods: ['recovery-code'],
      })
    })

    it('asks for a code where it was chosen, or is all there is', () => {
      const enrolled = ['password', 'recovery-code', 'totp']
      const asked = { kind: 'ask', method: 'recovery-code' }
      expect(nextStep({ ...resort, enrolled, chosen: 'recovery-code' })).toMatchObject(asked)
      const only = ['password', 'recovery-code']
      expect(nextStep({ ...resort, enrolled: only })).toMatchObject(asked)
    })
  })

  it('asks the password first where two proofs are missing', () => {
    expect(nextStep(question())).toMatchObject({
      method: 'password',
      missing: ['password', 'totp'],
    })
  })

  it('takes the way with the fewest proofs and offers the others', () => {
    const enrolled = ['password', 'totp', 'passkey', 'security-key']
    expect(nextStep(question({ enrolled }))).toMatchObject({
      method: 'passkey',
      otherMethods: ['totp', 'security-key'],
    })
  })

  it('follows the way that was chosen, to its end', () => {
    const enrolled = ['password', 'totp', 'passkey']
    const chosen = 'totp'
    expect(nextStep(question({ enrolled, chosen }))).toMatchObject({ method: 'password' })
    const record = [proved('password')]
    expect(nextStep(question({ enrolled, chosen, record }))).toMatchObject({
      method: 'totp',
      otherMethods: ['passkey'],
    })
  })

  it('passes over a choice that does not lead to the requirement', () => {
    expect(nextStep(question({ chosen: 'email-code' }))).toMatchObject({ method: 'password' })
  })

  it('goes to the first level asked that the person can reach', () => {
    const requirement = { acrValues: ['phr', 'mfa'] }
    expect(nextStep(question({ requirement }))).toMatchObject({ kind: 'ask', acr: 'mfa' })
  })

  it('a locked method is passed over where another way is open', () => {
    const enrolled = ['password', 'totp', 'passkey']
    const locks = new Map([['passkey', now + 60]])
    expect(nextStep(question({ enrolled, locks }))).toMatchObject({
      kind: 'ask',
      method: 'password',
    })
  })

  it('does not ask for the first of two proofs where the second is locked', () => {
    const locks = new Map([['totp', now + 60]])
    expect(nextStep(question({ locks }))).toEqual({
      kind: 'locked',
      method: 'totp',
      lockedUntil: now + 60,
      acr: 'mfa',
      otherMethods: [],
    })
  })

  it('a locked method that was chosen is shown as locked, with what else would do', () => {
    const enrolled = ['password', 'totp', 'passkey']
    const locks = new Map([['passkey', now + 60]])
    expect(nextStep(question({ enrolled, locks, chosen: 'passkey' }))).toMatchObject({
      kind: 'locked',
      method: 'passkey',
      otherMethods: ['totp'],
    })
  })

  it('ends after too many wrong answers, unless the requirement is met', () => {
    const failedAttempts = 10
    expect(nextStep(question({ failedAttempts }))).toEqual({ kind: 'exhausted' })
    const record = [proved('password'), proved('totp')]
    expect(nextStep(question({ failedAttempts, record }))).toEqual({ kind: 'satisfied' })
  })

  it('tells what would do where nothing that is set up reaches the level', () => {
    const asked = question({
      requirement: { acrValues: ['phr'] },
      record: [proved('password', 60, before)],
      enrollable: ['passkey'],
    })
    expect(nextStep(asked)).toEqual({
      kind: 'unreachable',
      acr: 'phr',
      reason: 'missing',
      alternatives: [['passkey'], ['password', 'security-key']],
      enrollable: ['passkey'],
    })
  })
})

describe('setting up an authenticator', () => {
  const enrolling = {
    requirement: { acrValues: ['phr'] },
    enrollable: ['passkey'],
    enrolment: { stage: 'chosen', method: 'passkey' },
  } as const

  it('takes the strongest level that the person can reach now', () => {
    expect(requirementForEnrolment(question())).toEqual({ acrValues: ['mfa'], maxAgeSeconds: 0 })
    expect(requirementForEnrolment(question({ enrolled: ['password'] }))).toEqual({
      acrValues: ['basic'],
      maxAgeSeconds: 0,
    })
  })

  it('asks for a proof made in this request, however fresh an earlier one is', () => {
    const record = [proved('password', 5, before), proved('totp', 5, before)]
    expect(nextStep(question({ ...enrolling, record }))).toMatchObject({
      kind: 'ask',
      acr: 'mfa',
      method: 'totp',
      forEnrolment: true,
    })
  })

  it('begins after that proof', () => {
    const record = [proved('password', 5, before), proved('totp')]
    expect(nextStep(question({ ...enrolling, record }))).toEqual({
      kind: 'set_up',
      method: 'passkey',
    })
  })

  it('a lock does not lower the proof that it takes', () => {
    const locks = new Map([['totp', now + 60]])
    const record = [proved('password')]
    expect(nextStep(question({ ...enrolling, locks, record }))).toMatchObject({
      kind: 'locked',
      method: 'totp',
    })
  })

  it('a person who can prove nothing sets nothing up', () => {
    expect(nextStep(question({ ...enrolling, enrolled: [] }))).toMatchObject({
      kind: 'unreachable',
      enrollable: [],
    })
  })

  it('what was set up does not answer the request at hand, whatever it would reach', () => {
    const asked = question({
      enrolment: { stage: 'enrolled', method: 'totp', credentialId: 'new' },
      record: [proved('password'), proved('totp')],
    })
    expect(nextStep(asked)).toEqual({ kind: 'enrolled', method: 'totp' })
  })

  it('does answer it where policy says so', () => {
    const asked = question({
      enrolment: { stage: 'enrolled', method: 'totp', credentialId: 'new' },
      record: [proved('password'), proved('totp')],
      enrolledCounts: true,
    })
    expect(nextStep(asked)).toEqual({ kind: 'satisfied' })
  })
})
