import {
  alertWith,
  asked,
  expect,
  fillPaymentDetails,
  giveCode,
  giveLogin,
  givePassword,
  logIn,
  newDetails,
  newDetailsText,
  popupFrom,
  pressChange,
  result,
  test,
} from './bank-fixture.ts'

test.describe('the session', () => {
  test('keeps a stronger level when a weaker one is proved after it: the second factor is not asked again', async ({
    page,
    bank,
  }) => {
    bank.ageNextProof(400)
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    const first = await popupFrom(page, () => pressChange(page))
    bank.ageNextProof(301)
    await giveCode(first, bank.codeOf('ada'))
    await expect(result(page)).toBeVisible()

    // For the card number, all of that is too long ago.
    await page.getByTestId('nav-card').click()
    const second = await popupFrom(page, () =>
      page.getByRole('button', { name: 'Show card number' }).click(),
    )
    await givePassword(second, bank, 'ada')
    await expect(page.getByTestId('card-number')).toHaveText(/^5555/)
    await expect(page.getByTestId('present-token')).toContainText('basic')

    await fillPaymentDetails(page)
    await pressChange(page)
    await expect(result(page)).toHaveText(newDetailsText)
    await expect(page.getByTestId('present-token')).toContainText('mfa')
    expect(
      bank.events.flatMap((event) => (event.type === 'proof_asked' ? [event.method] : [])),
    ).toEqual(['password', 'totp', 'password'])
  })

  for (const way of ['popup', 'redirect'] as const) {
    test(`of another browser is not reached with the callback address of a ${way} that was stolen (RFC 9700 §4.7)`, async ({
      page,
      bank,
      context,
      browser,
    }) => {
      await logIn(page, bank, 'ada')
      if (way === 'redirect') {
        await page.getByLabel('By redirect').click()
        await expect(page.getByTestId('signed-in-as')).toHaveText('Ada Winter')
      }
      // The code stays unused, so that only the browser can make the difference.
      bank.expectComplaint(/status of 503/)
      await page.route(`${bank.addresses.provider}/token`, (route) =>
        route.fulfill({ status: 503 }),
      )
      await fillPaymentDetails(page)
      const provider = way === 'redirect' ? page : await popupFrom(page, () => pressChange(page))
      if (way === 'redirect') await pressChange(page)
      const arriving = context.waitForEvent('request', (request) =>
        request.url().startsWith(`${bank.addresses.bank}/callback?`),
      )
      await giveCode(provider, bank.codes.next('ada'))
      const stolen = (await arriving).url()
      expect(new URL(stolen).searchParams.get('code')).not.toBeNull()

      const elsewhere = await browser.newContext()
      const thief = await elsewhere.newPage()
      const redeemed: string[] = []
      thief.on('request', (request) => {
        if (request.url() === `${bank.addresses.provider}/token`) redeemed.push(request.url())
      })
      await thief.goto(stolen)
      if (way === 'redirect') await expect(alertWith(thief, 'transaction_unknown')).toBeVisible()
      await thief.goto(bank.addresses.bank)
      await expect(thief.getByRole('button', { name: 'Log in' })).toBeVisible()
      expect(redeemed).toEqual([])
      await elsewhere.close()
    })
  }

  test('stays with its person: the app itself throws away what another person answered', async ({
    page,
    bank,
    context,
  }) => {
    bank.ageNextProof(301)
    await logIn(page, bank, 'ada')
    await context.route(`${bank.addresses.provider}/authorize?*`, async (route) => {
      const url = new URL(route.request().url())
      if (!url.searchParams.has('claims')) return route.continue()
      // Without it, the provider does not know whom the app expects.
      url.searchParams.delete('claims')
      return route.fulfill({ status: 302, headers: { location: url.href } })
    })
    await context.clearCookies()
    await page.getByTestId('nav-card').click()
    const popup = await popupFrom(page, () =>
      page.getByRole('button', { name: 'Show card number' }).click(),
    )
    await giveLogin(popup, bank, 'ben')
    await expect(alertWith(page, 'different_user')).toContainText('you are still logged in')
    await expect(page.getByTestId('signed-in-as')).toHaveText('Ada Winter')
    await expect(page.getByTestId('card-number')).toHaveText(/^•/)
  })

  test('survives a provider that cannot answer, and "Try again" works when it can', async ({
    page,
    bank,
  }) => {
    bank.expectComplaint(/status of 503/)
    await logIn(page, bank, 'ada')
    await page.route(`${bank.addresses.provider}/token`, (route) => route.fulfill({ status: 503 }))
    await fillPaymentDetails(page)
    const popup = await popupFrom(page, () => pressChange(page))
    await expect(asked(popup, 'totp')).toBeVisible()
    await giveCode(popup, bank.codes.next('ada'))
    await expect(alertWith(page, 'provider_unavailable')).toContainText('you are still logged in')
    await expect(page.getByLabel('Account holder')).toHaveValue(newDetails.holder)

    await page.unroute(`${bank.addresses.provider}/token`)
    // The proof was given; the provider asks for nothing more.
    await page.getByTestId('try-again').click()
    await expect(result(page)).toHaveText(newDetailsText)
  })
})
