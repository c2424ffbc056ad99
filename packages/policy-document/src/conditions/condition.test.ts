import type { RuleRequest } from '@newel/policy'
import { describe, expect, test } from 'vitest'
import { type Condition, compileCondition, maxConditionLength, maxLoopValues } from './condition.ts'

function compile(text: string): Condition {
  const result = compileCondition(text)
  if (!result.ok) throw new Error(result.message)
  return result.condition
}

function decide(text: string, request: Partial<RuleRequest>): boolean {
  return compile(text)({ method: 'POST', path: '/api/transfers', ...request })
}

describe('numbers in a JSON body', () => {
  test.each([
    [1000, true],
    [1000.5, true],
    [999.99, false],
    [0, false],
    [-1000, false],
    [Number.MAX_SAFE_INTEGER + 2, true],
    [1e21, true],
    [1e300, true],
    [JSON.parse('1e999'), true],
    [1000n, true],
  ])('%s >= 1000 is %s', (amount: unknown, expected) => {
    expect(decide('request.body.amount >= 1000', { body: { amount } })).toBe(expected)
    expect(decide('1000 <= request.body.amount', { body: { amount } })).toBe(expected)
    expect(decide('request.body.amount >= 1000.0', { body: { amount } })).toBe(expected)
  })

  test.each([
    ['request.body.amount * 2 >= 2000', true],
    ['request.body.amount + 1 > 1000', true],
    ['request.body.amount - 1 >= 1000', false],
    ['request.body.amount / 4 == 250', true],
    ['2 * request.body.amount == 2000', true],
    ['2000 == 2 * request.body.amount', true],
    ['2 * request.body.amount != 2000', false],
    ['2 * request.body.amount + 1 == 2001.0', true],
    ['-(1 + request.body.amount) == -1001', true],
    ['1000 / request.body.amount == 1', true],
    ['request.body.amount in [500, 1000]', true],
  ])('whole numbers in an expression mix with them: %s is %s', (text, expected) => {
    expect(decide(text, { body: { amount: 1000 } })).toBe(expected)
  })
})

describe('what a condition reads', () => {
  const request: RuleRequest = {
    method: 'POST',
    host: 'api.example.com',
    path: '/api/transfers',
    query: { draft: 'no' },
    headers: { 'x-channel': 'branch' },
    body: { items: [{ amount: 5 }, { amount: 5000 }], to: 'DE00' },
  }

  test.each([
    ['request.method == "POST"', true],
    ['request.host == "api.example.com"', true],
    ['request.path.startsWith("/api/")', true],
    ['request.query.draft == "no"', true],
    ['request.headers["x-channel"] == "branch"', true],
    ['"x-other" in request.headers', false],
    ['request.body.items.exists(item, item.amount >= 1000)', true],
    ['request.body.items.all(item, item.amount >= 1000)', false],
    ['has(request.body.urgent)', false],
    ['!request.body.to.startsWith("DE")', false],
  ])('%s is %s', (text, expected) => {
    expect(compile(text)(request)).toBe(expected)
  })
})

describe('a condition that cannot be decided throws', () => {
  test.each([
    ['request.body.amount >= 1000', {}, 'evaluation_failed'],
    ['request.body.amount >= 1000', { amount: '1000' }, 'evaluation_failed'],
    ['request.body.amount >= 1000', { amount: true }, 'evaluation_failed'],
    ['request.body.amount >= 1000', { amount: null }, 'evaluation_failed'],
    ['request.body.amount >= 1000', { amount: [1000] }, 'evaluation_failed'],
    ['request.body.amount >= 1000', 'amount=1000', 'evaluation_failed'],
    ['request.body.amount >= 1000', null, 'evaluation_failed'],
    ['request.body.flag', { flag: 'yes' }, 'not_boolean'],
    ['request.body.flag', { flag: 1 }, 'not_boolean'],
    ['request.body.__proto__ == null', {}, 'evaluation_failed'],
    ['request.body.constructor != null', {}, 'evaluation_failed'],
  ])('%s on %j: %s', (text, body: unknown, code) => {
    expect(() => decide(text, { body })).toThrow(
      expect.objectContaining({ name: 'ConditionError', code }),
    )
  })

  test.each([
    ['has(request.body.amount)'],
    ['request.method == "GET" || has(request.body.amount)'],
    ['request.host == "a"'],
    ['request.query.a == "b"'],
    ['request.headers["a"] == "b"'],
  ])('%s on a request that nobody read so far', (text) => {
    expect(() => decide(text, {})).toThrow(
      expect.objectContaining({ code: 'missing_request_field' }),
    )
  })

  test('and its error repeats nothing of the request', () => {
    try {
      decide('request.body.amount >= 1000', { body: { amount: 'a secret' } })
      expect.unreachable()
    } catch (error) {
      expect(String(error)).not.toContain('a secret')
    }
  })
})

describe('a condition is refused at load', () => {
  test.each([
    ['', 0],
    ['request.body.amount >=', 22],
    ['request.bdy.amount >= 1', 8],
    ['reqest.body.amount >= 1', 0],
    ['request.method > 1', 0],
    ['request.path', 0],
    ['1 + 1', 0],
    ['request == request', 0],
    ['request["body"].amount > 1', 0],
    ['request.body.items.exists(request, true)', 26],
    ['request.path.matches("^(a+)+$")', 0],
    ['matches(request.path, "a")', 0],
    ['request.path.strtsWith("/a")', 0],
    ['request.body.ok && 1', 0],
  ])('`%s`, with the place in it', (text, offset) => {
    const result = compileCondition(text)
    expect(result).toMatchObject({
      ok: false,
      code: 'invalid_condition',
      mend: expect.stringMatching(/./),
    })
    expect(result.ok ? -1 : result.offset).toBeGreaterThanOrEqual(offset === 0 ? 0 : offset)
  })

  test.each([
    ['too long', `request.path == "${'x'.repeat(maxConditionLength)}"`],
    ['too many parts', Array.from({ length: 90 }, () => 'request.body.a').join('||')],
    ['too deep', `${'('.repeat(60)}true${')'.repeat(60)}`],
    ['a loop in a loop', 'request.body.a.all(x, request.body.a.all(y, x == y))'],
  ])('%s', (_, text) => {
    expect(compileCondition(text)).toMatchObject({ ok: false, code: 'condition_too_complex' })
  })
})

describe('the cost of a loop', () => {
  const loop = compile('request.body.items.all(item, item in request.body.items)')
  const request = (items: unknown): RuleRequest => ({ method: 'POST', path: '/', body: { items } })

  test('a list within the limit is judged', () => {
    const items = Array.from({ length: maxLoopValues - 2 }, (_, index) => index)
    expect(loop(request(items))).toBe(true)
  })

  test('a longer one is undecidable', () => {
    const items = Array.from({ length: maxLoopValues }, (_, index) => index)
    expect(() => loop(request(items))).toThrow(
      expect.objectContaining({ code: 'request_too_large' }),
    )
  })

  test('so is more text than the limit', () => {
    expect(() => loop(request(['x'.repeat(70_000)]))).toThrow(
      expect.objectContaining({ code: 'request_too_large' }),
    )
  })

  test('one loop after another is allowed', () => {
    expect(
      decide('request.body.items.filter(i, i > 1).exists(i, i > 2)', {
        body: { items: [1, 2, 3] },
      }),
    ).toBe(true)
  })
})
