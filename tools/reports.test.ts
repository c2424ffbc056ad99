import { describe, expect, it } from 'vitest'

import { closingLine, outcomeOfFaults } from './outcome.ts'
import { countPlaywright, countVitest } from './reports.ts'

describe('counting a vitest run', () => {
  const file = (status: string, ...statuses: string[]) => ({
    name: 'a.test.ts',
    status,
    assertionResults: statuses.map((each, at) => ({ status: each, fullName: `test ${at}` })),
  })

  it('adds passed, failed and skipped tests, and names the skipped', () => {
    const report = { testResults: [file('failed', 'passed', 'failed', 'pending', 'todo')] }
    expect(countVitest(report, 1)).toMatchObject({
      passed: 1,
      failed: 1,
      skipped: 2,
      skips: ['test 2', 'test 3'],
    })
  })

  it('counts a file that could not be loaded as one failure', () => {
    const report = { testResults: [file('failed'), file('passed', 'passed')] }
    expect(countVitest(report, 1)).toMatchObject({ passed: 1, failed: 1 })
  })

  it('counts an error outside every test as one failure', () => {
    expect(countVitest({ testResults: [file('passed', 'passed')] }, 1)).toMatchObject({ failed: 1 })
  })

  it('fails where there is no test', () => {
    expect(countVitest({ testResults: [] }, 0)).toMatchObject({ passed: 0, failed: 1 })
  })
})

describe('counting a Playwright run', () => {
  const report = (...statuses: string[]) => ({
    errors: [],
    suites: [
      {
        title: 'a.spec.ts',
        suites: [
          {
            title: 'inner',
            specs: statuses.map((status) => ({ title: status, tests: [{ status }] })),
          },
        ],
      },
    ],
  })

  it('adds nested tests, and names the skipped by their whole title', () => {
    expect(countPlaywright(report('expected', 'unexpected', 'skipped'), 1)).toMatchObject({
      passed: 1,
      failed: 1,
      skipped: 1,
      skips: ['a.spec.ts › inner › skipped'],
    })
  })

  it('counts a test that passed only at a second try as failed', () => {
    expect(countPlaywright(report('flaky'), 0)).toMatchObject({ passed: 0, failed: 1 })
  })

  it('counts an error outside the tests as failed', () => {
    const broken = { ...report('expected'), errors: [{ message: 'no such file\nat …' }] }
    expect(countPlaywright(broken, 1)).toMatchObject({
      passed: 1,
      failed: 1,
      report: 'no such file',
    })
  })
})

describe('the closing line', () => {
  it('adds all outcomes; a check counts once however many faults it has', () => {
    const suite = { passed: 3, failed: 0, skipped: 1, report: '', skips: ['x'] }
    expect(closingLine([suite, outcomeOfFaults(['a', 'b']), outcomeOfFaults([])])).toBe(
      '4 passed, 1 failed, 1 skipped',
    )
  })
})
