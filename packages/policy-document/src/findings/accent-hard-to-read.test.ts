import { describe, expect, test } from 'vitest'
import { contrastRatio } from '../contrast.ts'
import { parsePolicyDocument } from '../index.ts'

function find(colours: string): readonly string[] {
  const result = parsePolicyDocument(
    `issuer: https://id.example.com\nlevels: { mfa: { accepts: [password], lifetime: 15m } }\nbranding: { colours: ${colours} }\n`,
  )
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.findings
    .filter(({ code }) => code === 'accent_hard_to_read')
    .map(({ path }) => path)
}

describe('an accent under 4.5:1 (WCAG 2.2 §1.4.3)', () => {
  test.each([
    [`{ accent: '#24594f', accentDark: '#8fd0bd' }`, []],
    [`{ accent: '#24594f' }`, ['branding.colours.accentDark']],
    [`{ accent: '#8fd0bd' }`, ['branding.colours.accent']],
    [
      `{ accent: '#ffee00', accentDark: '#000000' }`,
      ['branding.colours.accent', 'branding.colours.accentDark'],
    ],
    // 4.54:1 on white and 4.18:1 on the ground of the pages.
    [`{ accent: '#767676', accentDark: '#8fd0bd' }`, ['branding.colours.accent']],
  ])('%s is found at %j', (colours, paths) => {
    expect(find(colours)).toEqual(paths)
  })

  test('black on white is 21:1, in either order', () => {
    expect(contrastRatio('#000000', '#ffffff')).toBeCloseTo(21)
    expect(contrastRatio('#ffffff', '#000000')).toBeCloseTo(21)
    expect(contrastRatio('#767676', '#ffffff')).toBeCloseTo(4.54, 2)
  })
})
