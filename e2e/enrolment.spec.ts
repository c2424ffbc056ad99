import {
  alertWith,
  expect,
  fillPaymentDetails,
  giveCode,
  givePassword,
  logIn,
  newDetails,
  newDetailsText,
  popupFrom,
  pressChange,
  result,
  test,
} from './bank-fixture.ts'

test.describe('a person without a second factor', () => {
  test('sets one up after a fresh password; that step-up ends unmet, and the next is satisfied by the code', async ({
    page,
    bank,
  }) => {
    await logIn(page, bank, 'ben')
    await fillPaymentDetails(page)
    const first = await popupFrom(page, () => pressChange(page))
    await expect(first.locator('main[data-page=unreachable]')).toContainText(
      'Nothing that is set up for your account is enough for that.',
    )
    await first.getByRole('button', { name: 'One-time code' }).click()
    // Given a moment ago at login; adding a factor takes it anew.
    await givePassword(first, bank, 'ben')
    const key = await first.locator('.key code').innerText()
    const secret = key.replaceAll(' ', '')
    await first.getByLabel('One-time code').fill(bank.codes.nextOf(secret))
    await first.getByRole('button', { name: 'Continue' }).click()
    await expect(first.locator('main[data-page=enrolled]')).toBeVisible()
    await first.getByRole('button', { name: 'Continue' }).click()

    await expect(alertWith(page, 'step_up_unmet')).toContainText('you are still logged in')
    await expect(page.getByLabel('Account holder')).toHaveValue(newDetails.holder)
    await expect(page.getByTestId('present-token')).toContainText('basic')

    const second = await popupFrom(page, () => page.getByTestId('try-again').click())
    await giveCode(second, bank.codes.nextOf(secret))
    await expect(result(page)).toHaveText(newDetailsText)
  })

  test('may turn the offer down: back to the bank, still logged in', async ({ page, bank }) => {
    await logIn(page, bank, 'ben')
    await fillPaymentDetails(page)
    const popup = await popupFrom(page, () => pressChange(page))
    await popup.getByRole('button', { name: 'Back to Baluster Bank' }).click()
    await expect(alertWith(page, 'step_up_unmet')).toContainText('you are still logged in')
    await expect(page.getByLabel('Account holder')).toHaveValue(newDetails.holder)
  })
})
