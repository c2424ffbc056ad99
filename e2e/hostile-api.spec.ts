import {
  alertWith,
  expect,
  fillPaymentDetails,
  giveCode,
  logIn,
  newDetails,
  popupFrom,
  pressChange,
  test,
} from './bank-fixture.ts'

const challenge = 'Bearer error="insufficient_user_authentication", acr_values="mfa", max_age="600"'

test.describe('the app, with an API that misbehaves', () => {
  test('steps up once, and stops with an error when the API still asks (RFC 9470 §5)', async ({
    page,
    bank,
    context,
  }) => {
    let calls = 0
    await page.route('**/api/payment-details', (route) => {
      if (route.request().method() !== 'PUT') return route.continue()
      calls += 1
      return route.fulfill({ status: 401, headers: { 'www-authenticate': challenge } })
    })
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    const popup = await popupFrom(page, () => pressChange(page))
    await giveCode(popup, bank.codes.next('ada'))
    await expect(alertWith(page, 'step_up_failed')).toContainText('you are still logged in')
    await expect(page.getByLabel('Account holder')).toHaveValue(newDetails.holder)
    expect(calls).toBe(2)
    expect(context.pages()).toHaveLength(1)
  })

  test('sends the person to its own provider, whatever the challenge names (RFC 9470 §9)', async ({
    page,
    bank,
  }) => {
    await page.route('**/api/payment-details', (route) => {
      if (route.request().method() !== 'PUT') return route.continue()
      return route.fulfill({
        status: 401,
        headers: {
          'www-authenticate': `${challenge}, issuer="https://evil.example", authorization_uri="https://evil.example/authorize", resource_metadata="https://evil.example/"`,
        },
      })
    })
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    const popup = await popupFrom(page, () => pressChange(page))
    expect(new URL(popup.url()).origin).toBe(bank.addresses.provider)
  })

  for (const [what, header] of [
    ['an invalid token', 'Bearer error="invalid_token"'],
    ['a missing scope', 'Bearer error="insufficient_scope", scope="payments"'],
    ['another scheme', 'Basic realm="insufficient_user_authentication"'],
    ['a challenge that is not well formed', 'Bearer error="insufficient_user_authentication'],
  ] as const) {
    test(`opens no popup for ${what}`, async ({ page, bank, context }) => {
      await page.route('**/api/payment-details', (route) => {
        if (route.request().method() !== 'PUT') return route.continue()
        return route.fulfill({
          status: 401,
          headers: { 'www-authenticate': header },
          json: { error: 'refused', message: 'no' },
        })
      })
      await logIn(page, bank, 'ada')
      await fillPaymentDetails(page)
      await pressChange(page)
      await expect(alertWith(page, 'refused')).toBeVisible()
      expect(context.pages()).toHaveLength(1)
    })
  }
})
