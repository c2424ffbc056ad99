import type { Page } from '@playwright/test'
import {
  alertWith,
  asked,
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

test.describe('a step-up that fails', () => {
  test('by "Cancel" keeps login, level and everything typed, and "Try again" works', async ({
    page,
    bank,
  }) => {
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    const popup = await popupFrom(page, () => pressChange(page))
    await popup.getByRole('button', { name: 'Cancel' }).click()
    await expectKept(page, 'step_up_cancelled')
    await tryAgain(page, bank)
  })

  test('by a closed popup keeps login, level and everything typed, and "Try again" works', async ({
    page,
    bank,
  }) => {
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    const popup = await popupFrom(page, () => pressChange(page))
    await popup.close()
    await expectKept(page, 'step_up_cancelled')
    await tryAgain(page, bank)
  })

  test('by a wrong code is told on the page, which takes the right one then', async ({
    page,
    bank,
  }) => {
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    const popup = await popupFrom(page, () => pressChange(page))
    await giveCode(popup, bank.codes.wrong('ada'))
    const code = popup.getByLabel('One-time code')
    await expect(code).toHaveAttribute('aria-invalid', 'true')
    await expect(code).toBeFocused()
    await expect(asked(popup, 'totp')).toContainText('That code is not right')
    await giveCode(popup, bank.codes.next('ada'))
    await expect(result(page)).toHaveText(newDetailsText)
  })

  test('by a code that was used already is told so, and the next one is taken (RFC 6238 §5.2)', async ({
    page,
    bank,
  }) => {
    const used = bank.codes.next('ada')
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    const first = await popupFrom(page, () => pressChange(page))
    await giveCode(first, used)
    await expect(result(page)).toBeVisible()
    // Another browser, so that nothing of the first session counts.
    await page.context().clearCookies()
    await page.evaluate(() => sessionStorage.clear())
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    const second = await popupFrom(page, () => pressChange(page))
    await giveCode(second, used)
    await expect(asked(second, 'totp')).toContainText('That code was used already')
    await giveCode(second, bank.codes.next('ada'))
    await expect(result(page)).toHaveText(newDetailsText)
  })

  test('by too many wrong codes locks that method and says until when; the session stays', async ({
    page,
    bank,
  }) => {
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    const popup = await popupFrom(page, () => pressChange(page))
    for (const left of [4, 3, 2, 1]) {
      await giveCode(popup, bank.codes.wrong('ada'))
      await expect(asked(popup, 'totp')).toContainText(`${left} attempt`)
    }
    await giveCode(popup, bank.codes.wrong('ada'))
    const locked = popup.locator('main[data-page=locked][data-method=totp]')
    await expect(locked).toContainText('in 15 minutes')
    await popup.getByRole('button', { name: 'Cancel' }).click()
    await expectKept(page, 'step_up_cancelled')

    // A right code does not help now, and the login is good for everything else.
    const again = await popupFrom(page, () => page.getByTestId('try-again').click())
    await expect(again.locator('main[data-page=locked]')).toBeVisible()
    await again.getByRole('button', { name: 'Cancel' }).click()
    await page.getByTestId('nav-card').click()
    await page.getByRole('button', { name: 'Show card number' }).click()
    await expect(page.getByTestId('card-number')).toHaveText(/^5555/)
  })
})

async function expectKept(page: Page, code: string): Promise<void> {
  await expect(alertWith(page, code)).toContainText('you are still logged in')
  await expect(page.getByTestId('signed-in-as')).toHaveText('Ada Winter')
  await expect(page.getByTestId('present-token')).toContainText('basic')
  await expect(page.getByLabel('Account holder')).toHaveValue(newDetails.holder)
  await expect(page.getByLabel('IBAN', { exact: true })).toHaveValue(newDetails.iban)
  await expect(page.getByTestId('payment-details')).not.toContainText(newDetails.holder)
}

async function tryAgain(page: Page, bank: OpenBank): Promise<void> {
  const popup = await popupFrom(page, () => page.getByTestId('try-again').click())
  await giveCode(popup, bank.codes.next('ada'))
  await expect(result(page)).toHaveText(newDetailsText)
}
