import { describe, expect, test } from 'vitest'
import { assets } from '../assets/index.ts'
import { answerErrorFrom, answerErrors, answerErrorText } from './answer-error.ts'
import { chooseMethodPage } from './choose-method-page.ts'
import { enrolPage } from './enrol-page.ts'
import { errorPage, pageErrors } from './error-page.ts'
import { lockedPage } from './locked-page.ts'
import { loginPage } from './login-page.ts'
import { previews } from './preview-states.ts'
import { stepUpPage } from './step-up-page.ts'
import type { StepUpPageModel } from './step-up-page.ts'

const pages = Object.entries(previews)
const frame = {
  providerName: 'Provider',
  clientName: 'Bank',
  username: 'ada',
  csrfToken: 'token-1',
  action: '/answer',
  cancelAction: '/cancel',
} as const
const stepUp: StepUpPageModel = {
  ...frame,
  method: 'totp',
  requirement: { levelName: 'mfa' },
  otherMethods: [],
}
const webauthn = { options: { challenge: 'AAAA' } }

describe('every page', () => {
  test.each(pages)('%s is a primitive string, so that a server sends it as it is', (_, page) => {
    expect(typeof page).toBe('string')
    expect(page.startsWith('<!doctype html>')).toBe(true)
    expect(page).not.toMatch(/undefined|\[object|NaN/)
  })

  test.each(pages)('%s has one main with data-page, and one h1', (_, page) => {
    expect(page.match(/<main\b/g)).toHaveLength(1)
    expect(page.match(/<h1\b/g)).toHaveLength(1)
    expect(pageName(page)).toMatch(
      /^(login|step-up|choose|device-code|device-confirm|device-ended|enrol|enrolled|recovery-codes|(reset|sign-up|lost)(-[a-z]+)?|locked|unreachable|error|consent|logout|logged-out|send-on|account(-[a-z]+)?)$/,
    )
  })

  test.each(pages)('%s carries a token in every form', (_, page) => {
    // That one goes to the relying party, whose `state` is its token.
    if (pageName(page) === 'send-on') return
    for (const form of forms(page)) {
      expect(form).toMatch(/^<form[^>]*\bmethod="post"/)
      expect(form).toMatch(/<input type="hidden" name="(csrf_token|xsrf)" value="[^"]+"/)
    }
  })

  test.each(pages)('%s has no inline script, style or handler', (_, page) => {
    for (const script of page.match(/<script\b[^>]*>[^<]*/g) ?? []) {
      expect(script).toMatch(/ src="\/assets\/[^"]+">$/)
    }
    expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:|<iframe|<base/)
  })

  test.each(pages)('%s refers only to assets that are served', (_, page) => {
    const served = assets.map(({ path }) => path)
    const links = [...page.matchAll(/<(?:script|link)\b[^>]*(?:src|href)="([^"]+)"/g)]
    expect(links.length).toBeGreaterThan(0)
    for (const [, link] of links) expect(served).toContain(link)
  })

  test.each(pages)('%s uses each id once, and refers to ids that are there', (_, page) => {
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, list] of page.matchAll(
      /\s(?:for|form|aria-describedby|aria-labelledby)="([^"]+)"/g,
    )) {
      for (const id of list!.split(' ')) expect(ids).toContain(id)
    }
  })

  test.each(pages)('%s focuses one field at most', (_, page) => {
    expect((page.match(/\sautofocus/g) ?? []).length).toBeLessThanOrEqual(1)
  })

  test('finds its assets below the path of the issuer', () => {
    const page = errorPage({ ...frame, basePath: '/id', error: 'not_found', reference: 'r' })
    for (const [, link] of page.matchAll(/<(?:script|link)\b[^>]*(?:src|href)="([^"]+)"/g)) {
      expect(link).toMatch(/^\/id\/assets\//)
    }
  })
})

describe('outside text', () => {
  const hostile = `"><script>alert('x')</script><img src=x onerror=alert(1)>&amp;`
  const hostileFrame = {
    ...frame,
    providerName: hostile,
    clientName: hostile,
    username: hostile,
    csrfToken: hostile,
    action: hostile,
    cancelAction: hostile,
  }
  const hostileRequirement = { levelName: hostile, purpose: hostile }

  test.each([
    ['login', loginPage({ ...hostileFrame, error: 'wrong_credentials' })],
    [
      'step-up',
      stepUpPage({
        ...hostileFrame,
        method: hostile,
        requirement: hostileRequirement,
        proofs: { given: [hostile], missing: [hostile] },
        otherMethods: [hostile],
        chooseAction: hostile,
      }),
    ],
    [
      'passkey options',
      stepUpPage({
        ...hostileFrame,
        method: 'passkey',
        requirement: hostileRequirement,
        otherMethods: [],
        webauthn: { options: { challenge: hostile } },
      }),
    ],
    [
      'choice',
      chooseMethodPage({
        ...hostileFrame,
        requirement: hostileRequirement,
        methods: [hostile],
        locked: [{ method: hostile, until: 60 }],
        now: 0,
        enrolOffer: { action: hostile, methods: [hostile] },
      }),
    ],
    [
      'key',
      enrolPage({
        ...hostileFrame,
        step: 'totp',
        qrSvg: '<svg></svg>',
        key: hostile,
        otpauthUri: hostile,
      }),
    ],
    [
      'error',
      errorPage({
        ...hostileFrame,
        error: 'invalid_request',
        reference: hostile,
        back: { href: '/', label: hostile },
      }),
    ],
  ])('of the %s page is escaped in text and attributes', (_, page) => {
    expect(page).not.toContain('<script>')
    expect(page).not.toContain('<img')
    expect(page).not.toContain('alert(&#39;x&#39;)</script')
    expect(page).toContain('&quot;&gt;&lt;script&gt;')
  })

  test('of WebAuthn options comes back whole from the attribute', () => {
    const options = { challenge: `'"<>&`, nested: { a: [1, null] } }
    const page = stepUpPage({ ...stepUp, method: 'passkey', webauthn: { options } })
    const attribute = /data-options="([^"]*)"/.exec(page)?.[1] ?? ''
    expect(JSON.parse(unescape(attribute))).toEqual(options)
  })
})

describe('the login page', () => {
  const page = loginPage({ ...frame, username: '', webauthn })

  test('asks for username and password in one form, with Continue', () => {
    const [form = ''] = forms(page)
    expect(labels(form)).toEqual(['Username', 'Password'])
    expect(buttons(form)).toEqual(['Continue'])
    expect(form).toMatch(/autocomplete="username webauthn"/)
    expect(form).toMatch(/autocomplete="current-password"/)
    expect(form).toContain('name="method" value="password"')
  })

  test('offers a passkey beside it, and a way out', () => {
    expect(buttons(page)).toEqual(['Continue', 'Use a passkey', 'Cancel'])
    expect(buttons(loginPage(frame))).toEqual(['Continue', 'Cancel'])
  })

  test('focuses the first field that is empty', () => {
    expect(focused(page)).toBe('username')
    expect(focused(loginPage(frame))).toBe('password')
  })
})

describe('the step-up page', () => {
  test.each([
    ['password', ['Password'], ['Continue', 'Cancel'], 'current-password'],
    ['totp', ['One-time code'], ['Continue', 'Cancel'], 'one-time-code'],
    ['email-code', ['One-time code'], ['Continue', 'Cancel'], 'one-time-code'],
    ['recovery-code', ['Recovery code'], ['Continue', 'Cancel'], 'off'],
    ['passkey', [], ['Use a passkey', 'Cancel'], undefined],
    ['security-key', [], ['Use a security key', 'Cancel'], undefined],
  ])('asks for %s alone', (method, fields, actions, autocomplete) => {
    const page = stepUpPage({ ...stepUp, method, webauthn })
    expect(page).toContain(`data-method="${method}"`)
    expect(labels(page)).toEqual(fields)
    expect(buttons(page)).toEqual(actions)
    expect(page).toContain(`name="method" value="${method}"`)
    if (autocomplete !== undefined) expect(page).toContain(`autocomplete="${autocomplete}"`)
  })

  test('says who asks, why, for whom and at which level', () => {
    const page = stepUpPage({
      ...stepUp,
      requirement: { levelName: 'mfa', purpose: 'before you pay', reason: 'expired' },
    })
    expect(text(page)).toContain(
      'Bank wants to be sure it is you before you pay. Your last confirmation was too long ago.',
    )
    expect(text(page)).toContain('Account: ada')
    expect(text(page)).toContain('Security level: mfa')
  })

  test('never lets the account be edited', () => {
    for (const method of ['password', 'totp', 'passkey']) {
      const page = stepUpPage({ ...stepUp, method, webauthn })
      expect(page).not.toContain('name="username"')
      expect(labels(page)).not.toContain('Username')
    }
  })

  test('counts the proofs where there are several', () => {
    const page = stepUpPage({ ...stepUp, proofs: { given: ['password'], missing: ['totp'] } })
    expect(text(page)).toContain('1 of 2 proofs')
    expect(page.match(/aria-current="step"/g)).toHaveLength(1)
    expect(text(stepUpPage({ ...stepUp, proofs: { given: [], missing: ['totp'] } }))).not.toContain(
      'proofs',
    )
  })

  test.each([
    ['another method', { otherMethods: ['passkey'], chooseAction: '/choose' }, true],
    [
      'something to set up',
      { chooseAction: '/choose', enrolOffer: { action: '/enrol', methods: ['passkey'] } },
      true,
    ],
    ['nothing', { chooseAction: '/choose' }, false],
  ])('with %s to choose, offers another way: %#', (_, others, offered) => {
    expect(buttons(stepUpPage({ ...stepUp, ...others })).includes('Try another way')).toBe(offered)
  })

  test('runs the ceremony scripts only where there is a ceremony', () => {
    expect(stepUpPage(stepUp)).not.toContain('/assets/webauthn-')
    expect(stepUpPage({ ...stepUp, method: 'passkey', webauthn })).toContain('/assets/webauthn-')
  })

  test('tells a browser without script what to do', () => {
    expect(stepUpPage({ ...stepUp, method: 'passkey', webauthn })).toMatch(/<noscript><p/)
  })
})

describe('a refused answer', () => {
  test.each(answerErrors)('%s has a sentence, announced and tied to the field', (error) => {
    const page = stepUpPage({ ...stepUp, error })
    expect(answerErrorText(error, {})).toMatch(/^[A-Z].*\.$/)
    expect(page).toMatch(/<title>Error: /)
    expect(page).toMatch(/role="alert" id="error"/)
    expect(page).toContain('aria-describedby="error code-hint"')
    expect(text(page)).toContain(answerErrorText(error, {}))
  })

  test.each([
    ['wrong_code', true],
    ['missing_answer', true],
    ['throttled', false],
    ['upstream_unlinked', false],
    ['cancelled_by_browser', false],
  ] as const)('%s marks the fields as wrong only where they are: %s', (error, invalid) => {
    expect(stepUpPage({ ...stepUp, error }).includes('aria-invalid="true"')).toBe(invalid)
    expect(loginPage({ ...frame, error }).includes('aria-invalid="true"')).toBe(invalid)
  })

  test('tells the attempts left, and only together with an error', () => {
    expect(text(stepUpPage({ ...stepUp, error: 'wrong_code', attemptsLeft: 1 }))).toContain(
      '1 attempt left.',
    )
    expect(text(stepUpPage({ ...stepUp, error: 'wrong_code', attemptsLeft: 3 }))).toContain(
      '3 attempts left.',
    )
    expect(text(stepUpPage({ ...stepUp, attemptsLeft: 3 }))).not.toContain('attempts left')
  })

  test('leaves a good page without alert', () => {
    expect(stepUpPage(stepUp)).not.toContain('role="alert"')
    expect(stepUpPage(stepUp)).not.toContain('aria-invalid')
  })

  test.each([
    ['wrong', 'password', 'wrong_password'],
    ['wrong', 'totp', 'wrong_code'],
    ['wrong', 'passkey', 'rejected_credential'],
    ['malformed', 'totp', 'malformed'],
    ['malformed', 'security-key', 'rejected_credential'],
    ['replayed', 'totp', 'replayed_code'],
    ['replayed', 'passkey', 'challenge_expired'],
    ['expired', 'email-code', 'expired_mail_code'],
    ['expired', 'security-key', 'challenge_expired'],
    ['unknown_credential', 'passkey', 'unknown_credential'],
    ['not_verified', 'passkey', 'user_verification_missing'],
    ['too_short', 'password', 'password_too_short'],
    ['too_long', 'password', 'password_too_long'],
    ['too_simple', 'password', 'password_too_simple'],
    ['busy', 'password', 'busy'],
  ] as const)('%s of a %s is %s', (reason, method, error) => {
    expect(answerErrorFrom(reason, method)).toBe(error)
  })
})

describe('a lock', () => {
  const page = (lockedUntil: number): string =>
    lockedPage({ ...frame, method: 'totp', lockedUntil, now: 1_000, otherMethods: ['passkey'] })

  test.each([
    [1_900, '15 minutes'],
    [1_901, '16 minutes'],
    [1_060, '1 minute)'],
    [1_001, '1 minute)'],
    [999, '1 minute)'],
  ])('until %i, seen at 1000, ends in %s', (until, minutes) => {
    expect(text(page(until))).toContain(`(in ${minutes}`)
  })

  test('names its end in a form for machines, and other ways', () => {
    expect(page(1_900)).toContain('<time datetime="1970-01-01T00:31:40.000Z"')
    expect(page(1_900)).toContain('name="method" value="passkey"')
    expect(page(1_900)).toContain('data-method="totp"')
  })
})

describe('setting up', () => {
  test('an authenticator app shows the QR code as it is, and the key in groups', () => {
    const qrSvg = '<svg viewBox="0 0 1 1"><path d="M0 0h1v1H0z"/></svg>'
    const page = enrolPage({ ...frame, step: 'totp', qrSvg, key: 'ABCDEFGHIJ' })
    expect(page).toContain(qrSvg)
    expect(text(page)).toContain('ABCD EFGH IJ')
    expect(labels(page)).toEqual(['One-time code'])
    expect(page).toContain('data-method="totp"')
  })

  test('a passkey creates, and does not get', () => {
    const page = enrolPage({ ...frame, step: 'webauthn', method: 'passkey', webauthn })
    expect(page).toContain('data-webauthn="create"')
    expect(page).toContain('data-method="passkey"')
  })

  test('a choice posts the method of its button', () => {
    const page = enrolPage({ ...frame, step: 'choose', methods: ['passkey', 'totp'] })
    expect(
      [...page.matchAll(/<button[^>]*name="method"\s+value="([^"]+)"/g)].map(([, m]) => m),
    ).toEqual(['passkey', 'totp'])
  })
})

describe('the error page', () => {
  test.each(pageErrors)('for %s says what happened, what to do, and a reference', (error) => {
    const page = errorPage({ providerName: 'Provider', error, reference: 'ref-1' })
    expect(pageName(page)).toBe('error')
    expect(text(page)).toContain('Reference: ref-1')
    expect(page.match(/<p/g)!.length).toBeGreaterThanOrEqual(3)
  })
})

function pageName(page: string): string | undefined {
  return /<main[^>]*data-page="([^"]+)"/.exec(page)?.[1]
}

function forms(page: string): string[] {
  return page.match(/<form\b[\s\S]*?<\/form>/g) ?? []
}

function labels(page: string): string[] {
  return [...page.matchAll(/<label[^>]*>([\s\S]*?)<\/label>/g)].map(([, label]) => text(label!))
}

function buttons(page: string): string[] {
  return [...page.matchAll(/<button[^>]*>([\s\S]*?)<\/button>/g)].map(([, label]) => text(label!))
}

function focused(page: string): string | undefined {
  return [...page.matchAll(/<input[^>]*>/g)]
    .map(([input]) => input)
    .filter((input) => /\sautofocus/.test(input))
    .map((input) => /id="([^"]+)"/.exec(input)?.[1])[0]
}

/** What a person reads: tags gone, spaces as a browser folds them. */
function text(markup: string): string {
  return unescape(markup.replace(/<[^>]*>/g, ''))
    .replace(/\s+/g, ' ')
    .trim()
}

function unescape(escaped: string): string {
  return escaped
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
