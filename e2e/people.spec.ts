import { type TestPerson, totpCode } from '@newel/testing/house'
import { expectAccessible } from './check-accessibility.ts'
import { codeIn, expect, openApp, test } from './people-fixture.ts'
import { expectFocusShown, pressAt, typeInto } from './by-keyboard.ts'
import { PocketAuthenticator } from './pocket-authenticator.ts'
import type { Page } from '@playwright/test'

/** Where the focus is when the page opens: nobody has to look for the field. */
async function answer(page: Page, label: string, text: string): Promise<void> {
  await expect(page.getByLabel(label)).toBeFocused()
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
}

async function signIn(page: Page, person: TestPerson): Promise<void> {
  await expect(page.getByLabel('Username')).toBeFocused()
  await page.keyboard.type(person.username)
  await typeInto(page, page.getByLabel('Password'), person.password)
  await page.keyboard.press('Enter')
}

/** A field that was wrong has the focus, and says why to whoever hears it. */
async function expectRefused(page: Page, label: string, text: string): Promise<void> {
  await expect(page.getByRole('alert')).toContainText(text)
  await expect(page).toHaveTitle(/^Error: /)
  await expect(page.getByLabel(label)).toBeFocused()
  await expect(page.getByLabel(label)).toHaveAccessibleDescription(new RegExp(text))
}

const now = (): number => Math.floor(Date.now() / 1000)

test.describe('by keyboard alone', () => {
  test('a person signs in and steps up by a code, after a wrong one', async ({ page, house }) => {
    const ada = await house.addReachable('ada', { totp: true })
    await openApp(page, house, { acr_values: 'mfa' })
    await signIn(page, ada)
    await answer(page, 'One-time code', '000000')
    await expectRefused(page, 'One-time code', 'not right')
    await expectFocusShown(page)
    await answer(page, 'One-time code', totpCode(ada.totpKey, now()))
    await expect(page).toHaveURL(/\/callback\?code=/)
  })

  test('a person types a code that came by mail, after asking for another one', async ({
    page,
    house,
  }) => {
    const ada = await house.addReachable('mail', { verified: true })
    await openApp(page, house, { acr_values: 'mail' })
    await signIn(page, ada)
    const first = await house.mail.letterTo('mail@example.com')
    await expect(page.locator('main[data-method=email-code]')).toContainText('m•••@example.com')
    await expectAccessible(page, 'a code by mail')
    await pressAt(page, page.getByRole('button', { name: 'Send another code' }))
    await expectRefused(page, 'One-time code', 'half a minute')
    await expect(page.getByLabel('One-time code')).not.toHaveAttribute('aria-invalid')
    await answer(page, 'One-time code', '1')
    await expect(page.getByRole('alert')).toBeVisible()
    await answer(page, 'One-time code', codeIn(first))
    await expect(page).toHaveURL(/\/callback\?code=/)
  })

  test('a person confirms an address on the way, and then uses a code that goes there', async ({
    page,
    house,
  }) => {
    const ada = await house.addReachable('enrol')
    await openApp(page, house, { acr_values: 'mail' })
    await signIn(page, ada)
    await pressAt(page, page.getByRole('button', { name: /^Code by email/ }))
    await expect(page.getByLabel('Email address')).toHaveValue('enrol@example.com')
    await expect(page.getByLabel('Email address')).toBeFocused()
    await page.keyboard.press('Enter')
    await answer(page, 'One-time code', codeIn(await house.mail.letterTo('enrol@example.com')))
    await expect(page.locator('main[data-page=enrolled]')).toBeVisible()
    await pressAt(page, page.getByRole('button', { name: 'Continue' }))
    await expect(page).toHaveURL(/\/callback\?error=unmet_authentication_requirements/)
    await openApp(page, house, { acr_values: 'mail' })
    await expect(page.locator('main[data-method=email-code]')).toBeVisible()
  })

  test('a person signs up', async ({ page, house }) => {
    await openApp(page, house)
    await pressAt(page, page.getByRole('link', { name: 'Create an account' }))
    await answer(page, 'Email address', 'nobody')
    await expectRefused(page, 'Email address', 'not an email address')
    await page.keyboard.press('ControlOrMeta+A')
    await answer(page, 'Email address', 'eve@example.com')
    await answer(page, 'One-time code', codeIn(await house.mail.letterTo('eve@example.com')))
    await expect(page.getByLabel('Username')).toBeFocused()
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type('someone@example.com')
    await page.keyboard.press('Enter')
    await expectRefused(page, 'Username', 'without “@”')
    await page.keyboard.press('ControlOrMeta+A')
    await answer(page, 'Username', 'eve')
    await answer(page, 'Password', 'short')
    await expectRefused(page, 'Password', 'too short')
    await answer(page, 'Password', 'a long enough password')
    await expect(page).toHaveURL(/\/callback\?code=/)
  })

  test('a person who forgot the password chooses a new one, and can turn back', async ({
    page,
    forgiving: house,
  }) => {
    const ada = await house.addReachable('forgetful')
    await openApp(page, house)
    await pressAt(page, page.getByRole('link', { name: 'Forgot your password?' }))
    await pressAt(page, page.getByRole('link', { name: 'Back to sign in' }))
    await pressAt(page, page.getByRole('link', { name: 'Forgot your password?' }))
    await answer(page, 'Username or email address', ada.username)
    await expect(page.getByLabel('One-time code')).toBeFocused()
    await answer(page, 'One-time code', '00000000')
    await expectRefused(page, 'One-time code', 'not right')
    const letter = await house.mail.letterTo('forgetful@example.com')
    await answer(page, 'One-time code', codeIn(letter))
    await answer(page, 'New password', 'another long password')
    await expect(page.getByRole('status')).toContainText('new password')
    await signIn(page, { ...ada, password: 'another long password' })
    await expect(page).toHaveURL(/\/callback\?code=/)
  })

  test('a person reports a factor as lost, sees when it can be removed, and stops that', async ({
    page,
    house,
  }) => {
    const ada = await house.addReachable('loser', { totp: true })
    await page.goto(`${house.issuer}/account`)
    await signIn(page, ada)
    await pressAt(page, page.getByRole('link', { name: 'I have lost one of these' }))
    await pressAt(page, page.getByRole('button', { name: 'Continue' }))
    await expect(page.getByRole('alert')).toContainText('choose at least one')
    await expect(page.getByLabel('Authenticator app')).toBeFocused()
    await page.keyboard.press('Space')
    await page.keyboard.press('Enter')
    await expect(page.locator('main[data-page=lost-send]')).toBeVisible()
    await pressAt(page, page.getByRole('button', { name: 'Send the code' }))
    await answer(page, 'One-time code', codeIn(await house.mail.letterTo('loser@example.com')))
    const section = page.getByRole('status').filter({ hasText: 'You reported this as lost' })
    await expect(section.getByRole('time')).toHaveCount(1)
    await expectAccessible(page, 'a recovery that runs')
    await pressAt(page, page.getByRole('button', { name: 'Stop this: nothing is lost' }))
    await expect(page.getByRole('link', { name: 'I have lost one of these' })).toBeVisible()
  })

  test('a person adds an authenticator app, and removes it again', async ({ page, house }) => {
    const ada = await house.addReachable('adder')
    await page.goto(`${house.issuer}/account`)
    await signIn(page, ada)
    await pressAt(page, page.getByRole('link', { name: 'Add an authenticator app' }))
    const key = (await page.locator('.key code').innerText()).replaceAll(' ', '')
    await typeInto(page, page.getByLabel('One-time code'), '000000')
    await page.keyboard.press('Enter')
    await expectRefused(page, 'One-time code', 'not right')
    await answer(page, 'One-time code', totpCode(key, now()))
    await expect(page.getByRole('status')).toHaveText('Done.')
    await pressAt(page, page.getByRole('link', { name: /Change\s*: Authenticator app/ }))
    // The app is the strongest proof from now on, and its first code is spent.
    await answer(page, 'One-time code', totpCode(key, now() + 30))
    await pressAt(page, page.getByRole('link', { name: 'Back to your account' }))
    await pressAt(page, page.getByRole('link', { name: /Change\s*: Authenticator app/ }))
    await pressAt(page, page.getByRole('button', { name: 'Remove' }))
    await expect(page.getByRole('link', { name: /Change\s*: Authenticator app/ })).toHaveCount(0)
  })

  test('a person adds a passkey: its button has the focus as a field would', async ({
    page,
    house,
  }) => {
    const ada = await house.addReachable('keen')
    await new PocketAuthenticator('passkey').bringTo(page)
    await page.goto(`${house.issuer}/account`)
    await signIn(page, ada)
    await pressAt(page, page.getByRole('link', { name: 'Add a passkey' }))
    await expect(page.getByRole('button', { name: 'Create a passkey' })).toBeFocused()
    await expectFocusShown(page)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('status')).toHaveText('Done.')
    // A name that cannot be seen is refused where it was typed.
    await pressAt(page, page.getByRole('link', { name: /Change\s*: Passkey/ }))
    await typeInto(page, page.getByLabel('Name'), ' ')
    await page.keyboard.press('Enter')
    await expectRefused(page, 'Name', 'visible characters')
  })

  test('a person turns back at every step: Cancel leads to the app', async ({ page, house }) => {
    await openApp(page, house)
    await pressAt(page, page.getByRole('link', { name: 'Create an account' }))
    await pressAt(page, page.getByRole('button', { name: 'Cancel' }))
    await expect(page).toHaveURL(/\/callback\?error=access_denied/)
  })
})
