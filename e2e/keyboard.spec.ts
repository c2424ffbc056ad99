import { asked, expect, newDetailsText, newDetails, result, test } from './bank-fixture.ts'
import { tabTo } from './by-keyboard.ts'

test.describe('by keyboard alone', () => {
  test('a person logs in, changes payment details and gives the second factor', async ({
    page,
    bank,
  }) => {
    await page.goto(bank.addresses.bank)
    await tabTo(page, page.getByRole('button', { name: 'Log in' }))
    await page.keyboard.press('Enter')

    // The first field has the focus already.
    await expect(page.getByLabel('Username')).toBeFocused()
    await page.keyboard.type('ada')
    await tabTo(page, page.getByLabel('Password'))
    await page.keyboard.type(bank.passwordOf('ada'))
    await page.keyboard.press('Enter')

    await expect(page.getByTestId('balance')).toBeVisible()
    await tabTo(page, page.getByTestId('nav-payment-details'))
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: 'Payment details' })).toBeFocused()
    await tabTo(page, page.getByLabel('Account holder'))
    await page.keyboard.type(newDetails.holder)
    await tabTo(page, page.getByLabel('IBAN', { exact: true }))
    await page.keyboard.type(newDetails.iban)
    await tabTo(page, page.getByRole('button', { name: 'Change payment details' }))

    const opening = page.waitForEvent('popup')
    await page.keyboard.press('Enter')
    const popup = await opening
    await expect(asked(popup, 'totp')).toBeVisible()
    await expect(popup.getByLabel('One-time code')).toBeFocused()
    await popup.keyboard.type(bank.codes.next('ada'))
    await tabTo(popup, popup.getByRole('button', { name: 'Continue' }))
    await popup.keyboard.press('Enter')
    await expect(result(page)).toHaveText(newDetailsText)
  })

  test('the way past the header is the first stop, and Cancel can be reached', async ({
    page,
    bank,
  }) => {
    await page.goto(bank.addresses.bank)
    await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible()
    await page.keyboard.press('Tab')
    await expect(page.getByRole('link', { name: 'Skip to the bank' })).toBeFocused()
    await tabTo(page, page.getByRole('button', { name: 'Log in' }))
    await page.keyboard.press('Enter')
    await expect(page.getByLabel('Username')).toBeFocused()
    await tabTo(page, page.getByRole('button', { name: 'Cancel' }))
    await page.keyboard.press('Enter')
    await expect(page.getByTestId('alert')).toHaveText('You did not log in.')
  })
})
