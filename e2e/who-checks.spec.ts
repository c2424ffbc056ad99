import type { Page } from '@playwright/test'
import {
  alertWith,
  expect,
  fillPaymentDetails,
  giveCode,
  giveLogin,
  logIn,
  newDetails,
  newDetailsText,
  popupFrom,
  pressChange,
  result,
  test,
} from './bank-fixture.ts'

test.describe('the API and the second service', () => {
  test('each challenge a token that is too low, whoever brings it (RFC 9470 §3)', async ({
    page,
    bank,
    request,
  }) => {
    const authorization = authorizationOf(page)
    await logIn(page, bank, 'ada')
    const headers = {
      authorization: await authorization,
      'idempotency-key': 'brought-past-the-app',
    }
    const data = { payee: 'Mallory', amount: 5000 }
    for (const address of [
      `${bank.addresses.bank}/api/transfers`,
      `${bank.addresses.ledger}/transfers`,
    ]) {
      const refused = await request.post(address, { headers, data })
      expect(refused.status(), address).toBe(401)
      expect(refused.headers()['www-authenticate'], address).toMatch(
        /^Bearer .*error="insufficient_user_authentication".*acr_values="phr".*max_age="?0"?/,
      )
      expect(refused.headers()['cache-control'], address).toBe('no-store')
      expect(refused.headers()['access-control-expose-headers'], address).toMatch(
        /www-authenticate/i,
      )
    }
    const small = await request.post(`${bank.addresses.ledger}/transfers`, {
      headers,
      data: { ...data, amount: 5 },
    })
    expect(small.status()).toBe(201)
  })

  test('a token that is none gets no challenge that tells what the action needs (RFC 9470 §9)', async ({
    bank,
    request,
  }) => {
    const refused = await request.post(`${bank.addresses.ledger}/transfers`, {
      headers: { authorization: 'Bearer forged', 'idempotency-key': 'forged-forged' },
      data: { payee: 'Mallory', amount: 5000 },
    })
    expect(refused.status()).toBe(401)
    expect(refused.headers()['www-authenticate']).toContain('error="invalid_token"')
    expect(refused.headers()['www-authenticate']).not.toContain('acr_values')
  })
})

test.describe('an authorization request that was tampered with', () => {
  for (const [what, change] of [
    ['lowered', (query: URLSearchParams) => query.set('acr_values', 'basic')],
    ['removed', (query: URLSearchParams) => query.delete('acr_values')],
    [
      'removed with max_age',
      (query: URLSearchParams) => ['acr_values', 'max_age'].forEach((name) => query.delete(name)),
    ],
  ] as const) {
    test(`acr_values ${what} never lets the action through (OIDC Core §3.1.3.7)`, async ({
      page,
      bank,
      context,
    }) => {
      const puts: number[] = []
      page.on('response', (response) => {
        if (response.request().method() === 'PUT') puts.push(response.status())
      })
      await logIn(page, bank, 'ada')
      await context.route(`${bank.addresses.provider}/authorize?*`, async (route) => {
        const url = new URL(route.request().url())
        if (url.searchParams.get('acr_values') !== 'mfa') return route.continue()
        change(url.searchParams)
        return route.fulfill({ status: 302, headers: { location: url.href } })
      })
      await fillPaymentDetails(page)
      await pressChange(page)
      await expect(alertWith(page, 'step_up_unmet')).toContainText('you are still logged in')
      await expect(page.getByTestId('payment-details')).not.toContainText(newDetails.holder)
      await expect(page.getByTestId('present-token')).toContainText('basic')
      expect(puts).toEqual([401])
    })
  }
})

test.describe('a different user', () => {
  test('who answers in the popup is refused, and the first session is untouched', async ({
    page,
    bank,
    context,
  }) => {
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    // The provider has forgotten the browser, so that it has to ask who this is.
    await context.clearCookies()
    const popup = await popupFrom(page, () => pressChange(page))
    await giveLogin(popup, bank, 'ben')
    await expect(popup.locator('main[data-page=login]')).toContainText(
      'Those details belong to another account',
    )
    await expect(page.getByTestId('signed-in-as')).toHaveText('Ada Winter')
    await expect(page.getByTestId('present-token')).toContainText('basic')

    await giveLogin(popup, bank, 'ada')
    await giveCode(popup, bank.codes.next('ada'))
    await expect(result(page)).toHaveText(newDetailsText)
    await expect(page.getByTestId('signed-in-as')).toHaveText('Ada Winter')
  })
})

/** The token that the app sends, as somebody who looks on could take it. */
async function authorizationOf(page: Page): Promise<string> {
  const call = await page.waitForRequest(
    (request) => request.url().endsWith('/api/account') && 'authorization' in request.headers(),
  )
  return call.headers()['authorization'] ?? ''
}
