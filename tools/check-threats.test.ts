import { describe, expect, it } from 'vitest'
import { threatFaults } from './check-threats.ts'

const files = [
  'packages/identity-provider/test/a.test.ts',
  'packages/client/test/b.test.ts',
  'e2e/c.ts',
]

function faultsOf(row: string): readonly string[] {
  const table = `| threat | what stops it | shown by |\n| --- | --- | --- |\n${row}\n`
  return threatFaults(table, files, () => `it('is refused (RFC 1 §2), and Ada\\'s stays', …)`)
}

describe('a threat of the security page', () => {
  it.each([
    '| x | y | `test/a.test.ts` |',
    '| x \\| z | y | `client/test/b.test.ts`, `npm run fault` prints it |',
    '| x | y | `client/test` |',
    '| x | y | `test/a.test.ts` › "is refused (RFC 1 §2), and Ada\'s stays" |',
  ])('is right as %s', (row) => {
    expect(faultsOf(row)).toEqual([])
  })

  it.each([
    ['| x | y | `test/gone.test.ts` |', '`test/gone.test.ts` is not there'],
    ['| x | y | `test/a.test.ts`, `test/gone` |', '`test/gone` is not there'],
    ['| x | y | `test/a.test` |', '`test/a.test` is not there'],
    ['| x | y | `e2e/c.ts` |', 'no test is named that shows it'],
    ['| x | y | everybody knows |', 'no test is named that shows it'],
    ['| x |  | `test/a.test.ts` |', 'nothing is named that stops the threat'],
    ['| x | y | `test/a.test.ts` › "is let in" |', '`test/a.test.ts` has no title "is let in"'],
  ])('is a fault as %s', (row, fault) => {
    expect(faultsOf(row)).toEqual([`docs/security.md:3: ${fault}`])
  })
})
