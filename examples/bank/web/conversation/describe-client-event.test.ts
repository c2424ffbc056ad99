import { StepUpError } from '@newel/client/browser'
import { describe, expect, it } from 'vitest'
import { describeClientEvent } from './describe-client-event.ts'
import { describeProviderEvent } from './describe-provider-event.ts'

const at = 1_800_000_000_000
const now = at / 1000
const mfa = { acrValues: ['mfa'], maxAgeSeconds: 600 }

describe('the panel', () => {
  it('shows a challenge as a person and as a program reads it', () => {
    const header = 'Bearer error="insufficient_user_authentication", acr_values="mfa"'
    const url = 'http://localhost:4100/api/payment-details'
    const event = { type: 'challenge', url, method: 'PUT', header, requirement: mfa } as const
    expect(describeClientEvent(event, at)).toEqual([
      {
        kind: 'challenge',
        from: 'API',
        to: 'App',
        title: '401 to PUT /api/payment-details: not enough',
        facts: [{ name: 'needs', value: 'mfa, at most 10 min old' }],
        wire: `WWW-Authenticate: ${header}`,
        at,
      },
    ])
  })

  it('shows what is asked of the provider, and of the protocol only what a person reads', () => {
    const [item] = describeClientEvent(
      {
        type: 'authorization_request',
        purpose: 'step_up',
        url: 'http://localhost:4000/authorize',
        parameters: { client_id: 'bank-web', acr_values: 'phr', max_age: '0' },
      },
      at,
    )
    expect(item?.facts).toEqual([
      { name: 'acr_values', value: 'phr' },
      { name: 'max_age', value: '0' },
    ])
  })

  it('sets the tokens before beside those after', () => {
    const subject = 'ada'
    const before = { subject, acr: 'basic', amr: ['pwd'], authTime: now - 75, expiresAt: now + 60 }
    const after = {
      subject,
      acr: 'mfa',
      amr: ['pwd', 'otp'],
      authTime: now,
      expiresAt: now + 300,
    }
    const [item] = describeClientEvent({ type: 'tokens', cause: 'step_up', before, after }, at)
    expect(item?.facts).toEqual([
      { name: 'acr', value: 'mfa', before: 'basic' },
      { name: 'amr', value: 'pwd otp', before: 'pwd' },
      { name: 'auth_time', value: 'just now', before: '1 min 15 s ago' },
      { name: 'good for', value: '5 min', before: '1 min' },
    ])
  })

  it('names a failure by its code, with what was needed', () => {
    const error = new StepUpError('step_up_cancelled', 'the popup was closed', mfa)
    const [item] = describeClientEvent({ type: 'error', error }, at)
    expect(item?.title).toBe('The popup was closed')
    expect(item?.facts).toContainEqual({ name: 'code', value: 'step_up_cancelled' })
    expect(item?.facts).toContainEqual({ name: 'needed', value: 'mfa, at most 10 min old' })
  })

  it('passes over the silent question whether there is a session', () => {
    const parameters = { prompt: 'none' }
    const url = 'http://localhost:4000/authorize'
    const purpose = 'restore'
    expect(
      describeClientEvent({ type: 'authorization_request', purpose, url, parameters }, at),
    ).toEqual([])
  })

  it('tells a proof that was given from one that the session still held', () => {
    const event = {
      type: 'authenticated',
      at: now,
      requirement: mfa,
      acr: 'mfa',
      amr: ['pwd', 'otp'],
      authTime: now - 30,
    } as const
    expect(describeProviderEvent(event, true)?.title).toBe('Satisfied')
    expect(describeProviderEvent(event, false)?.title).toBe(
      'Satisfied by the session, nothing asked',
    )
  })
})
