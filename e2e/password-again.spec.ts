import { asked, expect, givePassword, logIn, popupFrom, test } from './bank-fixture.ts'

test.describe('password again', () => {
  test('a password of five minutes ago is still fresh enough for the card number: nothing is asked', async ({
    page,
    bank,
    context,
  }) => {
    bank.ageNextProof(240)
    await logIn(page, bank, 'ada')
    await page.getByTestId('nav-card').click()
    await expect(page.getByTestId('hint')).toHaveAttribute('data-asks', 'no')
    await page.getByRole('button', { name: 'Show card number' }).click()
    await expect(page.getByTestId('card-number')).toHaveText(/^5555 4444 3333 \d{4}$/)
    expect(context.pages()).toHaveLength(1)
  })

  test('an older one is asked for again, and nothing else (max_age, RFC 9470 §4)', async ({
    page,
    bank,
  }) => {
    bank.ageNextProof(301)
    await logIn(page, bank, 'ada')
    await page.getByTestId('nav-card').click()
    await expect(page.getByTestId('hint')).toHaveAttribute('data-asks', 'yes')
    const popup = await popupFrom(page, () =>
      page.getByRole('button', { name: 'Show card number' }).click(),
    )
    await expect(asked(popup, 'password')).toContainText('Your last confirmation was too long ago.')
    await expect(popup.getByLabel('Username')).toHaveCount(0)
    await givePassword(popup, bank, 'ada')
    await expect(page.getByTestId('card-number')).toHaveText(/^5555 4444 3333 \d{4}$/)
    await expect(
      page.locator('[data-testid=panel-item][data-kind=tokens] [data-fact=acr] td').last(),
    ).toHaveText('basic')
  })
})
