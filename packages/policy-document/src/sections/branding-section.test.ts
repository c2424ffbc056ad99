import { describe, expect, test } from 'vitest'
import { type PolicyDocument, parsePolicyDocument } from '../index.ts'

const smallest =
  'issuer: https://id.example.com\nlevels:\n  basic: { accepts: [password], lifetime: 12h }\n'

function brandingOf(branding: string): PolicyDocument['branding'] {
  const result = parsePolicyDocument(`${smallest}branding: ${branding}\n`)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.document.branding
}

function problemsOf(rest: string): unknown {
  const result = parsePolicyDocument(`${smallest}${rest}\n`)
  return result.ok ? [] : result.problems
}

describe('branding', () => {
  test('takes the accent for the dark theme where none is stated', () => {
    expect(brandingOf(`{ colours: { accent: '#24594F' } }`)).toEqual({
      colours: { accent: '#24594f', accentDark: '#24594f' },
    })
  })

  test.each([
    [`'#24594f; } body { display: none'`],
    [`'#24594f\\n'`],
    [`"#24594f\\n"`],
    [`'#fff'`],
    [`'red'`],
    [`'url(https://evil.example)'`],
    [`'#24594g'`],
    [`'#24594f80'`],
  ])('%s is no colour', (accent) => {
    expect(problemsOf(`branding: { colours: { accent: ${accent} } }`)).toMatchObject([
      { code: 'invalid_colour', path: 'branding.colours.accent' },
    ])
  })

  test('keeps the path of the logo as it stands', () => {
    expect(brandingOf('{ logo: ../art/Logo.PNG }')).toEqual({ logo: '../art/Logo.PNG' })
  })

  test.each([['logo.gif'], ['logo'], ['logo.svg.html'], ['https://example.com/']])(
    '%s is no logo',
    (logo) => {
      expect(problemsOf(`branding: { logo: '${logo}' }`)).toMatchObject([
        { code: 'invalid_logo', path: 'branding.logo' },
      ])
    },
  )

  test.each([
    ['data:text/html,hello'],
    ['http://example.com/privacy'],
    ['/privacy'],
    ['https://user:pass@example.com/'],
  ])('%s is no link', (address) => {
    expect(problemsOf(`branding: { privacyUrl: '${address}' }`)).toMatchObject([
      { code: 'invalid_link', path: 'branding.privacyUrl' },
    ])
  })
})

describe('language', () => {
  test('is one that the pages speak', () => {
    expect(problemsOf('language: de')).toEqual([])
    expect(problemsOf('language: xx')).toMatchObject([{ path: 'language' }])
  })
})
