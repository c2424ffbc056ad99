import { describe, expect, it } from 'vitest'
import { type RuleDefinition, compileRules } from './rules.ts'

/** Rules for many services, with a few that take every path of one; each looked-at condition is counted. */
function manyRules(count: number): { rules: RuleDefinition[]; visits: () => number } {
  let visited = 0
  const rules = Array.from({ length: count }, (_, index): RuleDefinition => {
    const service = Math.floor(index / 5)
    const shapes = ['', '/*', '/:id/limits', '/**', '/reports/daily']
    return {
      path: `/services/s${service}${shapes[index % 5]}`,
      require: 'none',
      when: () => {
        visited += 1
        return false
      },
    }
  })
  return { rules, visits: () => visited }
}

function work(count: number): number {
  const { rules, visits } = manyRules(count)
  const compiled = compileRules(rules)
  const services = count / 5
  for (const share of [0, 0.25, 0.5, 0.75]) {
    for (const rest of ['', '/reports', '/7/limits', '/reports/daily', '/unheard/of/path']) {
      compiled.match({
        method: 'GET',
        path: `/services/s${Math.floor(services * share)}${rest}`,
      })
    }
  }
  return visits()
}

describe('rule matching', () => {
  it('looks at no more rules among 10,000 than four times those that it looks at among 10', () => {
    const few = work(10)
    expect(few).toBeGreaterThan(0)
    expect(work(10_000)).toBeLessThanOrEqual(4 * few)
  })

  it('hands the request to the condition as it came', () => {
    const seen: unknown[] = []
    const request = { method: 'post', path: '/pay/', host: 'A.example', body: { amount: 5 } }
    compileRules([
      {
        path: '/pay',
        require: 'none',
        when: (given) => {
          seen.push(given)
          return true
        },
      },
    ]).match(request)
    expect(seen).toEqual([request])
  })

  it('reports the failure of a condition as it was thrown', () => {
    const cause = new RangeError('out of range')
    const rules = compileRules([
      {
        path: '/pay',
        require: 'none',
        when: () => {
          throw cause
        },
      },
    ])
    const match = rules.match({ method: 'POST', path: '/pay' })
    expect(match.kind === 'undecidable' && match.cause).toBe(cause)
  })

  it('a rule that names no method takes none', () => {
    const rules = compileRules([{ path: '/pay', methods: [], require: 'none' }])
    expect(rules.match({ method: 'GET', path: '/pay' })).toEqual({ kind: 'unmatched' })
  })

  it('takes names of members that every object has for plain segments', () => {
    const rules = compileRules([{ path: '/__proto__/constructor', require: 'none' }])
    expect(rules.match({ method: 'GET', path: '/__proto__/constructor' }).kind).toBe('matched')
    expect(rules.match({ method: 'GET', path: '/toString' }).kind).toBe('unmatched')
  })
})
