import type { Page } from '@playwright/test'
import {
  alertWith,
  expect,
  fillPaymentDetails,
  giveCode,
  logIn,
  newDetails,
  newDetailsText,
  type OpenBank,
  pressChange,
  result,
  test,
} from './bank-fixture.ts'

test.describe('a step-up by redirect', () => {
  test('comes back to the screen with everything typed, and the action goes through', async ({
    page,
    bank,
    context,
  }) => {
    await logInForRedirect(page, bank)
    await fillPaymentDetails(page)
    await pressChange(page)
    await giveCode(page, bank.codes.next('ada'))

    await expect(page.getByTestId('stepped-up')).toBeVisible()
    await expect(page).toHaveURL(`${bank.addresses.bank}/payment-details`)
    await expect(page.getByLabel('Account holder')).toHaveValue(newDetails.holder)
    await expect(page.getByTestId('present-token')).toContainText('mfa')
    await page.getByTestId('carry-on').click()
    await expect(result(page)).toHaveText(newDetailsText)
    expect(context.pages()).toHaveLength(1)
    const item = (kind: string) => page.locator(`[data-testid=panel-item][data-kind=${kind}]`)
    await expect(item('tokens').last().locator('[data-fact=acr] td').last()).toHaveText('mfa')
  })

  test('that is cancelled comes back logged in, with everything typed, and "Try again" works', async ({
    page,
    bank,
  }) => {
    await logInForRedirect(page, bank)
    await fillPaymentDetails(page)
    await pressChange(page)
    await page.getByRole('button', { name: 'Cancel' }).click()

    await expect(alertWith(page, 'step_up_cancelled')).toContainText('you are still logged in')
    await expect(page.getByTestId('signed-in-as')).toHaveText('Ada Winter')
    await expect(page.getByTestId('present-token')).toContainText('basic')
    await expect(page.getByLabel('Account holder')).toHaveValue(newDetails.holder)
    await page.getByTestId('try-again').click()
    await giveCode(page, bank.codes.next('ada'))
    await page.getByTestId('carry-on').click()
    await expect(result(page)).toHaveText(newDetailsText)
  })

  test('that is left by the back button finds the login and everything typed as they were', async ({
    page,
    bank,
  }) => {
    await logInForRedirect(page, bank)
    await fillPaymentDetails(page)
    await pressChange(page)
    await expect(page.locator('main[data-page=step-up]')).toBeVisible()
    await page.goBack()
    await expect(page.getByTestId('signed-in-as')).toHaveText('Ada Winter')
    await expect(page.getByLabel('Account holder')).toHaveValue(newDetails.holder)
    await expect(page.getByTestId('present-token')).toContainText('basic')
  })
})

test.describe('the login', () => {
  test('is still there after a reload, with its level and no page of the provider', async ({
    page,
    bank,
  }) => {
    await logInForRedirect(page, bank)
    await fillPaymentDetails(page)
    await pressChange(page)
    await giveCode(page, bank.codes.next('ada'))
    await expect(page.getByTestId('present-token')).toContainText('mfa')
    await page.reload()
    await expect(page.getByTestId('signed-in-as')).toHaveText('Ada Winter')
    await expect(page.getByTestId('present-token')).toContainText('mfa')
  })

  test('that is cancelled leaves nobody logged in, and says so', async ({ page, bank }) => {
    await page.goto(bank.addresses.bank)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(alertWith(page, 'login_cancelled')).toHaveText('You did not log in.')
    await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible()
  })
})

test.describe('a blocked popup', () => {
  test('falls back to the redirect, and nothing typed is lost', async ({ page, bank, context }) => {
    // What a blocker does to a page. Chromium has its own switched off in tests.
    await context.addInitScript(() => {
      window.open = () => null
    })
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    await pressChange(page)
    await giveCode(page, bank.codes.next('ada'))
    await expect(page.getByTestId('stepped-up')).toBeVisible()
    await page.getByTestId('carry-on').click()
    await expect(result(page)).toHaveText(newDetailsText)
    expect(context.pages()).toHaveLength(1)
  })
})

async function logInForRedirect(page: Page, bank: OpenBank): Promise<void> {
  await logIn(page, bank, 'ada')
  await page.getByLabel('By redirect').click()
  await expect(page.getByLabel('By redirect')).toBeChecked()
  await expect(page.getByTestId('signed-in-as')).toHaveText('Ada Winter')
}
