import { expect, giveCode, logIn, test } from './bank-fixture.ts'
import { expectAccessible } from './check-accessibility.ts'
import { PocketAuthenticator } from './pocket-authenticator.ts'

test('a passkey is added, renamed and removed, each with the strongest proof at hand', async ({
  page,
  bank,
}) => {
  await logIn(page, bank, 'ada')
  await page.goto(`${bank.addresses.provider}/account`)
  await expect(page.locator('main[data-page=account]')).toBeVisible()
  await expectAccessible(page, 'the account')

  const passkey = new PocketAuthenticator('passkey')
  await passkey.bringTo(page)
  await page.getByRole('link', { name: 'Add a passkey' }).click()
  await giveCode(page, bank.codes.next('ada'))
  await page.getByRole('button', { name: 'Create a passkey' }).click()
  await expect(page.getByRole('status')).toHaveText('Done.')

  // The passkey is the strongest proof from now on.
  await page.getByRole('link', { name: /Change\s*: Passkey/ }).click()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByLabel('Name').fill('Laptop')
  await page.getByRole('button', { name: 'Save name' }).click()
  await page.getByRole('link', { name: /Change\s*: Laptop/ }).click()
  await page.getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByRole('link', { name: /Change\s*: Laptop/ })).toHaveCount(0)
  await expect(page.getByRole('listitem').filter({ hasText: 'Removed' })).toBeVisible()
})
