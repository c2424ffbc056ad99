import {
  alertWith,
  asked,
  expect,
  giveCode,
  logIn,
  type OpenBank,
  popupFrom,
  test,
} from './bank-fixture.ts'
import { PocketAuthenticator } from './pocket-authenticator.ts'
import type { Page } from '@playwright/test'

test.describe('the admin dashboard', () => {
  test('sets a passkey up on the way, which does not satisfy that step-up; the next one it does', async ({
    page,
    bank,
  }) => {
    const passkey = new PocketAuthenticator('passkey')
    await logIn(page, bank, 'olga')
    await enrolForDashboard(page, bank, passkey, 'Passkey', 'Create a passkey')
    await expect(alertWith(page, 'step_up_unmet')).toContainText('you are still logged in')
    await expect(page.getByTestId('admin-overview')).toHaveCount(0)

    const popup = await popupFrom(page, () => page.getByTestId('try-again').click())
    await passkey.bringTo(popup)
    await expect(asked(popup, 'passkey')).toBeVisible()
    await popup.getByRole('button', { name: 'Use a passkey' }).click()
    await expect(page.getByTestId('admin-overview')).toContainText('Ada Winter')
    await expect(page.getByTestId('present-token')).toContainText('phr')

    // Held for five minutes: looking again asks nothing.
    await page.getByRole('button', { name: 'Open admin dashboard' }).click()
    await expect(page.getByTestId('result')).toHaveText('The admin dashboard is open.')
    expect(page.context().pages()).toHaveLength(1)
  })

  test('is opened by a security key that knows no user, because the password was given at login', async ({
    page,
    bank,
  }) => {
    const key = new PocketAuthenticator('security-key')
    await logIn(page, bank, 'olga')
    await enrolForDashboard(page, bank, key, 'Security key', 'Register a security key')
    await expect(alertWith(page, 'step_up_unmet')).toBeVisible()

    const popup = await popupFrom(page, () => page.getByTestId('try-again').click())
    await key.bringTo(popup)
    await expect(asked(popup, 'security-key')).toContainText('1 of 2 proofs given')
    await popup.getByRole('button', { name: 'Use a security key' }).click()
    await expect(page.getByTestId('admin-overview')).toContainText('Ben Okafor')
  })

  test('is not even asked for by a person who may not open it', async ({ page, bank, context }) => {
    await logIn(page, bank, 'ada')
    await expect(page.getByTestId('nav-admin')).toHaveCount(0)
    await page.goto(`${bank.addresses.bank}/admin`)
    await page.getByRole('button', { name: 'Open admin dashboard' }).click()
    await expect(alertWith(page, 'operators_only')).toBeVisible()
    expect(context.pages()).toHaveLength(1)
  })
})

async function enrolForDashboard(
  page: Page,
  bank: OpenBank,
  authenticator: PocketAuthenticator,
  choice: string,
  create: string,
): Promise<void> {
  await page.getByTestId('nav-admin').click()
  const popup = await popupFrom(page, () =>
    page.getByRole('button', { name: 'Open admin dashboard' }).click(),
  )
  const keep = await authenticator.bringTo(popup)
  await expect(popup.locator('main[data-page=unreachable]')).toBeVisible()
  await popup.getByRole('button', { name: choice }).click()
  // The strongest level that she can reach, proved anew, before anything is added; the password of the login is held.
  await giveCode(popup, bank.codes.next('olga'))
  await expect(popup.locator('main[data-page=enrol]')).toBeVisible()
  await popup.getByRole('button', { name: create }).click()
  await expect(popup.locator('main[data-page=enrolled]')).toContainText(
    'it does not count for the request you came with',
  )
  await keep()
  await popup.getByRole('button', { name: 'Continue' }).click()
}
