import {
  alertWith,
  expect,
  fillPaymentDetails,
  fillTransfer,
  giveCode,
  giveLogin,
  logIn,
  popupFrom,
  pressChange,
  pressSend,
  result,
  test,
} from './bank-fixture.ts'
import { expectAccessible } from './check-accessibility.ts'

test.describe('accessibility of the bank (axe, light and dark, narrow)', () => {
  test('every screen of a person who is logged in, and the page of an operator', async ({
    page,
    bank,
  }) => {
    await page.goto(bank.addresses.bank)
    await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible()
    await expectAccessible(page, 'landing')
    await logIn(page, bank, 'olga')
    for (const screen of ['overview', 'transfer', 'payment-details', 'card', 'admin']) {
      await page.getByTestId(`nav-${screen}`).click()
      await expect(page.locator(`[data-screen=${screen}] [data-testid=hint]`).first()).toBeVisible()
      await expectAccessible(page, screen)
    }
    await page.goto(`${bank.addresses.bank}/demo/codes`)
    await expect(page.getByTestId('code-ada')).toHaveText(/^\d{6}$/)
    await expectAccessible(page, 'codes')
  })

  test('what an action leaves behind: a failure, fields that are wrong, a result', async ({
    page,
    bank,
  }) => {
    await logIn(page, bank, 'ada')
    await fillTransfer(page, '', '0.001')
    await pressSend(page)
    await expect(page.locator('.field-error')).toHaveCount(2)
    await expectAccessible(page, 'wrong fields')
    await fillPaymentDetails(page)
    const cancelled = await popupFrom(page, () => pressChange(page))
    await cancelled.getByRole('button', { name: 'Cancel' }).click()
    await expect(alertWith(page, 'step_up_cancelled')).toBeVisible()
    await expectAccessible(page, 'failure')
    const popup = await popupFrom(page, () => page.getByTestId('try-again').click())
    await giveCode(popup, bank.codes.next('ada'))
    await expect(result(page)).toBeVisible()
    await expectAccessible(page, 'result')
  })

  test('the pages of the provider as they are met on the way', async ({ page, bank }) => {
    await page.goto(bank.addresses.bank)
    await page.getByRole('button', { name: 'Log in' }).click()
    await expect(page.locator('main[data-page=login]')).toBeVisible()
    await expectAccessible(page, 'login')
    await giveLogin(page, bank, 'ben')
    await fillPaymentDetails(page)
    const popup = await popupFrom(page, () => pressChange(page))
    await expectAccessible(popup, 'unreachable')
    await popup.getByRole('button', { name: 'One-time code' }).click()
    await expect(popup.getByLabel('Password')).toBeVisible()
    await expectAccessible(popup, 'step-up by password')
    await popup.getByLabel('Password').fill(bank.passwordOf('ben'))
    await popup.getByRole('button', { name: 'Continue' }).click()
    await expect(popup.locator('main[data-page=enrol]')).toBeVisible()
    await expectAccessible(popup, 'enrol')
  })
})
