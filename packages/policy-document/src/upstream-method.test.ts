import { expect, test } from 'vitest'
import { isFederated, isUpstreamMethod, upstreamMethod, upstreamOf } from './upstream-method.ts'

test.each([
  ['federated:company', true],
  ['federated:company/mfa', true],
  ['federated', false],
  ['federated:', false],
  ['federated:Company', false],
  ['federated:company/', false],
  ['federated:company/mfa/more', false],
  ['password:company', false],
])('%s is a method of one upstream: %j', (text, expected) => {
  expect(isUpstreamMethod(text)).toBe(expected)
})

test('a method of an upstream tells which', () => {
  expect(upstreamMethod('company', 'mfa')).toBe('federated:company/mfa')
  expect(upstreamOf('federated:company/mfa')).toBe('company')
  expect(upstreamOf(upstreamMethod('company'))).toBe('company')
  expect(upstreamOf('federated')).toBeUndefined()
  expect(['federated', 'federated:company', 'password'].map(isFederated)).toEqual([
    true,
    true,
    false,
  ])
})
