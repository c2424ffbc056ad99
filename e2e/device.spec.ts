import { type TestHouse, type TestPerson, openTestHouse, totpCode } from '@newel/testing/house'
import { expect, test as base } from '@playwright/test'
import { expectAccessible } from './check-accessibility.ts'

interface Living {
  readonly house: TestHouse
  readonly ada: TestPerson
}

const test = base.extend<{ readonly living: Living }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are used from the pattern
  living: async ({}, provide) => {
    const house = await openTestHouse(
      ({ issuer }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
clients:
  - { id: tv, name: Living room, type: public, deviceFlow: true }
`,
    )
    await provide({ house, ada: await house.addPerson('ada', { totp: true }) })
    await house.close()
  },
})

async function post(
  { house }: Living,
  path: string,
  fields: Record<string, string>,
): Promise<Record<string, string>> {
  const response = await fetch(new URL(path, house.issuer), {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'tv', ...fields }),
  })
  return (await response.json()) as Record<string, string>
}

test('a television is connected with a level from a link that only fills in the code', async ({
  page,
  living,
}) => {
  const refused: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') refused.push(message.text())
  })
  const device = await post(living, '/device_authorization', { scope: 'openid', acr_values: 'mfa' })

  await page.goto(String(device.verification_uri_complete))
  await expect(page.getByLabel('Code on the device')).toHaveValue(String(device.user_code))
  await expectAccessible(page, 'the code of a device')
  await page.getByRole('button', { name: 'Continue' }).click()

  await expect(page.getByRole('heading', { name: 'Connect Living room?' })).toBeVisible()
  await expect(page.getByText(String(device.user_code))).toBeVisible()
  await expectAccessible(page, 'the question whether it is this device')
  await page.getByRole('button', { name: 'It is my device' }).click()

  const { ada } = living
  await page.getByLabel('Username').fill(ada.username)
  await page.getByLabel('Password').fill(ada.password)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('One-time code').fill(totpCode(ada.totpKey, Math.floor(Date.now() / 1000)))
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()

  await expect(page.getByRole('heading', { name: 'Your device is connected' })).toBeVisible()
  expect(refused).toEqual([])
  const tokens = await post(living, '/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: String(device.device_code),
  })
  const [, claims = ''] = String(tokens.id_token).split('.')
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ acr: 'mfa' })
})
