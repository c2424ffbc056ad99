import type { Page } from '@playwright/test'
import { expectAccessible } from './check-accessibility.ts'
import {
  alertWith,
  expect,
  fillPaymentDetails,
  giveCode,
  logIn,
  newDetails,
  newDetailsText,
  type OpenBank,
  popupFrom,
  pressChange,
  result,
  test,
} from './bank-fixture.ts'

test.describe('a step-up by redirect', () => {
  test('comes back to the screen, and the call that it interrupted has gone through, once', async ({
    page,
    bank,
    context,
  }) => {
    await logInForRedirect(page, bank)
    await fillPaymentDetails(page)
    await pressChange(page)
    await giveCode(page, bank.codes.next('ada'))

    await expect(result(page)).toHaveText(newDetailsText)
    await expect(page).toHaveURL(`${bank.addresses.bank}/payment-details`)
    await expect(page.getByTestId('present-token')).toContainText('mfa')
    const item = (kind: string) => page.locator(`[data-testid=panel-item][data-kind=${kind}]`)
    await expect(item('retry')).toHaveCount(1)
    expect(context.pages()).toHaveLength(1)
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
  test('is opened by the click on a dialog, which breaks no rule of axe', async ({
    page,
    bank,
    context,
  }) => {
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    // What a blocker does to a popup that comes from no click. Chromium has its own switched off in tests.
    await page.evaluate(() => {
      const open = window.open.bind(window)
      window.open = (...given) => {
        if (document.querySelector('dialog[open]') === null) return null
        return open(...given)
      }
    })
    await pressChange(page)
    const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' })
    await expect(dialog).toContainText('You stay logged in')
    await expectAccessible(page, 'dialog')
    const popup = await popupFrom(page, () =>
      dialog.getByRole('button', { name: 'Continue' }).click(),
    )
    await giveCode(popup, bank.codes.next('ada'))
    await expect(result(page)).toHaveText(newDetailsText)
    expect(context.pages()).toHaveLength(1)
  })

  test('that no click opens falls back to the redirect, and nothing is lost', async ({
    page,
    bank,
    context,
  }) => {
    await context.addInitScript(() => {
      window.open = () => null
    })
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    await pressChange(page)
    await page.getByRole('dialog').getByRole('button', { name: 'Continue' }).click()
    await giveCode(page, bank.codes.next('ada'))
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
