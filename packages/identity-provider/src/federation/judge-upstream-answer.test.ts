import { describe, expect, it } from 'vitest'
import { type AskedOfUpstream, judgeUpstreamAnswer } from './judge-upstream-answer.ts'

const now = 1_800_000_000
const upstream = {
  id: 'company',
  authTime: 'required',
  accept: [
    { name: 'signed-in', acr: [], amr: [] },
    { name: 'mfa', acr: ['loa3', 'loa4'], amr: [] },
    { name: 'key', acr: [], amr: ['hwk', 'user'] },
  ],
} as const
const strict = { ...upstream, accept: upstream.accept.slice(1) }
const asked: AskedOfUpstream = { purpose: 'step_up', askedAt: now - 20, fresh: true }
const claims = { sub: 'ada', acr: 'loa3', auth_time: now - 10 }

function methods(said: Readonly<Record<string, unknown>>): readonly string[] | string {
  const judged = judgeUpstreamAnswer(strict, { ...claims, ...said }, asked, now)
  return judged.ok ? judged.methods.slice(2) : judged.reason
}

describe('an answer of an upstream', () => {
  it.each([
    ['one of the acr values', { acr: 'loa4' }, ['federated:company/mfa']],
    ['another acr', { acr: 'loa2' }, []],
    ['no acr', { acr: undefined }, []],
    ['a list of acr values', { acr: ['loa3'] }, []],
    ['an acr that is a number', { acr: 3 }, []],
    [
      'all of the amr values and more',
      { acr: undefined, amr: ['pwd', 'user', 'hwk'] },
      ['federated:company/key'],
    ],
    ['one of two amr values', { acr: undefined, amr: ['hwk'] }, []],
    ['amr as a text', { acr: undefined, amr: 'hwk user' }, []],
    [
      'what two entries ask for',
      { amr: ['hwk', 'user'] },
      ['federated:company/mfa', 'federated:company/key'],
    ],
    ['no subject', { sub: undefined }, 'invalid_subject'],
    ['an empty subject', { sub: '' }, 'invalid_subject'],
    ['a subject of 256 characters', { sub: 'a'.repeat(256) }, 'invalid_subject'],
    ['a subject with a line end', { sub: 'a\nb' }, 'invalid_subject'],
    ['a time ahead of the tolerance', { auth_time: now + 6 }, 'future_auth_time'],
    ['a time that is a text', { auth_time: String(now) }, 'future_auth_time'],
    ['no time', { auth_time: undefined }, []],
  ])('with %s', (_title, said, expected) => {
    expect(methods(said)).toEqual(expected)
  })

  it('that fits an entry proves the wider methods too', () => {
    expect(judgeUpstreamAnswer(upstream, claims, asked, now)).toMatchObject({
      methods: [
        'federated',
        'federated:company',
        'federated:company/signed-in',
        'federated:company/mfa',
      ],
    })
  })

  it('that fits none says who it is and whether they signed in for the question, and proves nothing', () => {
    const said = { ...claims, acr: 'loa1' }
    const nobody = { ok: true, subject: 'ada', methods: [] }
    expect(judgeUpstreamAnswer(strict, said, asked, now)).toMatchObject({
      ...nobody,
      ofRequest: true,
    })
    for (const auth_time of [undefined, now - 21]) {
      expect(judgeUpstreamAnswer(strict, { ...said, auth_time }, asked, now)).toMatchObject({
        ...nobody,
        ofRequest: false,
      })
    }
  })

  it('was proved when the upstream says, and never later than now', () => {
    const at = (auth_time: number): unknown =>
      judgeUpstreamAnswer(upstream, { ...claims, auth_time }, asked, now)
    expect(at(now - 3600)).toMatchObject({ at: now - 3600 })
    expect(at(now + 5)).toMatchObject({ at: now })
  })

  it.each([
    ['in the second of the question', asked, now - 20, true],
    ['a second before the question', asked, now - 21, false],
    ['since the question, which asked for nothing fresh', { ...asked, fresh: false }, now, false],
  ])('made %s', (_title, question, auth_time, ofRequest) => {
    expect(judgeUpstreamAnswer(upstream, { ...claims, auth_time }, question, now)).toMatchObject({
      ofRequest,
    })
  })

  it('without a time counts from the question where the document assumes so, and only at sign-in', () => {
    const assumed = { ...upstream, authTime: 'assumed' } as const
    const timeless = { sub: 'ada', acr: 'loa3' }
    const judged = (purpose: AskedOfUpstream['purpose']): unknown =>
      judgeUpstreamAnswer(assumed, timeless, { ...asked, purpose }, now)
    expect(judged('login')).toMatchObject({ at: now - 20, ofRequest: false })
    expect(judged('login')).toHaveProperty('methods.length', 4)
    expect(judged('step_up')).toHaveProperty('methods.length', 0)
  })
})
