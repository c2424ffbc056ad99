import {
  alertWith,
  asked,
  expect,
  fillTransfer,
  giveCode,
  logIn,
  type OpenBank,
  popupFrom,
  pressSend,
  result,
  test,
} from './bank-fixture.ts'
import { PocketAuthenticator } from './pocket-authenticator.ts'
import type { Page } from '@playwright/test'

test.describe('a transfer', () => {
  test('of less than 1000 asks nothing', async ({ page, bank, context }) => {
    await logIn(page, bank, 'ben')
    await fillTransfer(page, 'Greengrocer', '999.99')
    await pressSend(page)
    await expect(result(page)).toHaveText('€999.99 sent to Greengrocer.')
    expect(context.pages()).toHaveLength(1)
  })

  test('of 1000 asks for a passkey, and asks again for the next one although one was just given', async ({
    page,
    bank,
  }) => {
    const passkey = new PocketAuthenticator('passkey')
    await logIn(page, bank, 'ada')
    await enrolPasskey(page, bank, passkey)
    for (const payee of ['Piano maker', 'Roofer']) {
      await fillTransfer(page, payee, '1000')
      await expect(page.getByTestId('hint')).toHaveAttribute('data-asks', 'yes')
      const popup = await popupFrom(page, () => pressSend(page))
      await passkey.bringTo(popup)
      await expect(asked(popup, 'passkey')).toBeVisible()
      await popup.getByRole('button', { name: 'Use a passkey' }).click()
      await expect(result(page)).toHaveText(`€1,000.00 sent to ${payee}.`)
      await page.getByTestId('nav-overview').click()
    }
    await expect(page.getByTestId('entry').filter({ hasText: 'Piano maker' })).toHaveCount(1)
    await expect(page.getByTestId('entry').filter({ hasText: 'Roofer' })).toHaveCount(1)
  })
})

async function enrolPasskey(
  page: Page,
  bank: OpenBank,
  passkey: PocketAuthenticator,
): Promise<void> {
  await fillTransfer(page, 'Piano maker', '1000')
  const popup = await popupFrom(page, () => pressSend(page))
  const keep = await passkey.bringTo(popup)
  await popup.getByRole('button', { name: 'Passkey' }).click()
  await giveCode(popup, bank.codes.next('ada'))
  await popup.getByRole('button', { name: 'Create a passkey' }).click()
  await expect(popup.locator('main[data-page=enrolled]')).toBeVisible()
  await keep()
  await popup.getByRole('button', { name: 'Continue' }).click()
  await expect(alertWith(page, 'step_up_unmet')).toBeVisible()
}
