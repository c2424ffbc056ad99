import { describe, expect, test } from 'vitest'
import type { RequirementDeclaration } from '@newel/resource-server'
import { challengeOf, foreignMetadata, reason, setUpHarness } from './harness.ts'
import { testTime } from './local-issuer.ts'

const h = setUpHarness()

const levels = [
  { acr: '1', lifetimeSeconds: 43_200, satisfies: [] },
  { acr: '2', lifetimeSeconds: 900, satisfies: ['1'] },
  { acr: '3', lifetimeSeconds: 300, satisfies: [] },
]

/** The oldest proof with which a provider that knows no lifetimes may answer a challenge. */
function answerTo(challenge: string | undefined): Record<string, unknown> {
  const { acr, maxAge } = asked(challenge)
  return { acr, auth_time: testTime - maxAge }
}

function asked(challenge: string | undefined): { acr: string; maxAge: number } {
  const [, acr = ''] = /acr_values="([^" ]*)/.exec(challenge ?? '') ?? []
  const [, maxAge] = /max_age="?([0-9]+)/.exec(challenge ?? '') ?? []
  return { acr, maxAge: maxAge === undefined ? 1_000_000 : Number(maxAge) }
}

describe('a challenge to a provider that does not know the lifetimes here', () => {
  test.each<[string, RequirementDeclaration, Record<string, unknown>]>([
    ['a level that lacks', { acr: '2' }, { acr: '1', auth_time: testTime }],
    ['a level that expired', { acr: '2' }, { acr: '2', auth_time: testTime - 901 }],
    [
      'a level whose lifetime is shorter than the age asked',
      { acr: '2', maxAge: '1d' },
      { acr: '2', auth_time: testTime - 901 },
    ],
    ['levels of unlike lifetimes', { acr: ['3', '2'] }, { acr: '3', auth_time: testTime - 1000 }],
    [
      'all of several',
      { allOf: [{ acr: '1' }, { acr: '2' }] },
      { acr: '2', auth_time: testTime - 43_201 },
    ],
  ])(
    '%s: any answer to it passes, so that nobody is asked twice',
    async (_title, requirement, stated) => {
      h.issuer.metadata = foreignMetadata
      h.api = await h.create({ levels })
      const refused = await h.check(await h.issuer.sign(stated), requirement)
      expect(reason(refused)).toMatch(/^401 level_/)
      const answer = await h.issuer.sign(answerTo(challengeOf(refused)))
      expect(reason(await h.check(answer, requirement))).toBe('allowed')
    },
  )
})
