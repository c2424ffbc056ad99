import { describe, expect, it } from 'vitest'
import { compileLevels } from '@newel/policy'
import {
  type AssuranceRequest,
  type ClientAssurance,
  requestedRequirement,
} from './requested-requirement.ts'

const levels = compileLevels({
  levels: [
    { name: 'basic', accepts: [['password'], ['passkey']], lifetimeSeconds: 43_200 },
    { name: 'mfa', accepts: [['password', 'totp'], ['passkey']], lifetimeSeconds: 900 },
    { name: 'phr', accepts: [['passkey']], lifetimeSeconds: 300 },
    { name: 'mail', accepts: [['email-code']], lifetimeSeconds: 300 },
  ],
})

const strict: ClientAssurance = { acrValues: 'strict' }
const voluntary: ClientAssurance = { acrValues: 'voluntary' }
const essential = (...values: string[]) => ({ essential: true, values })

const rules: readonly (readonly [string, AssuranceRequest, ClientAssurance, unknown])[] = [
  ['nothing asked and no default: any level', {}, strict, []],
  ['nothing asked: the default', {}, { ...strict, default: 'basic' }, ['basic']],
  [
    'nothing asked and no default: at least the minimum',
    {},
    { ...strict, minimum: 'mfa' },
    ['mfa'],
  ],
  ['values in their order', { acrValues: 'phr mfa' }, strict, ['phr', 'mfa']],
  ['unknown values are skipped', { acrValues: 'gold mfa' }, strict, ['mfa']],
  [
    'only unknown values: unmet',
    { acrValues: 'gold' },
    strict,
    'unmet_authentication_requirements',
  ],
  [
    'only unknown values, voluntary: the default',
    { acrValues: 'gold' },
    { ...voluntary, default: 'basic' },
    ['basic'],
  ],
  [
    'a lower value is raised to the minimum',
    { acrValues: 'basic' },
    { ...strict, minimum: 'mfa' },
    ['mfa'],
  ],
  [
    'a value beside the minimum is raised to it',
    { acrValues: 'mail' },
    { ...strict, minimum: 'mfa' },
    ['mfa'],
  ],
  [
    'raised values are named once',
    { acrValues: 'basic mfa phr' },
    { ...strict, minimum: 'mfa' },
    ['mfa', 'phr'],
  ],
  [
    'a higher value stays above the minimum',
    { acrValues: 'phr' },
    { ...strict, minimum: 'mfa' },
    ['phr'],
  ],
  [
    'an essential acr goes before acr_values',
    { acrValues: 'phr', acrClaim: essential('mfa') },
    strict,
    ['mfa'],
  ],
  [
    'a voluntary acr claim stands behind acr_values',
    { acrValues: 'phr', acrClaim: { values: ['mfa'] } },
    strict,
    ['phr'],
  ],
  [
    'a voluntary acr claim asks where acr_values does not',
    { acrClaim: { value: 'mfa' } },
    strict,
    ['mfa'],
  ],
  ['a null acr claim asks nothing', { acrClaim: null }, { ...strict, default: 'basic' }, ['basic']],
  [
    'an essential acr below the minimum is refused',
    { acrClaim: essential('basic') },
    { ...strict, minimum: 'mfa' },
    'unmet_authentication_requirements',
  ],
  [
    'of essential values the one below the minimum is dropped',
    { acrClaim: essential('basic', 'phr') },
    { ...strict, minimum: 'mfa' },
    ['phr'],
  ],
  [
    'an unknown essential acr is unmet even for a voluntary client',
    { acrClaim: essential('gold') },
    voluntary,
    'unmet_authentication_requirements',
  ],
  [
    'an acr claim that is no list of strings is refused',
    { acrClaim: { essential: true, values: [7] } },
    strict,
    'invalid_request',
  ],
  ['an acr claim that is no object is refused', { acrClaim: 'mfa' }, strict, 'invalid_request'],
  ['a malformed age is refused', { maxAge: 'soon' }, strict, 'invalid_request'],
]

describe('what a request asks of the user', () => {
  it.each(rules)('%s', (_title, request, client, expected) => {
    const requested = requestedRequirement(levels, request, client)
    expect(requested.ok ? requested.requirement.acrValues : requested.error).toEqual(expected)
  })

  it('carries the age in seconds', () => {
    const requested = requestedRequirement(levels, { maxAge: '300', acrValues: 'mfa' }, strict)
    expect(requested).toMatchObject({ ok: true, requirement: { maxAgeSeconds: 300 } })
  })
})
