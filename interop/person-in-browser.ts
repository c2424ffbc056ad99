import { type Browser, type Page, chromium } from '@playwright/test'
import { type TestPerson, totpCode } from '@newel/testing/house'
import { chromiumArguments } from '../tools/chromium-arguments.ts'
import { findChromium } from '../tools/find-chromium.ts'

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: [...chromiumArguments] })
}

/** Answers the provider's login page. */
export async function giveLogin(page: Page, { username, password }: TestPerson): Promise<void> {
  await page.locator('main[data-page=login]').waitFor()
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Continue' }).click()
}

/** Answers the provider's page that asks for a one-time code. A code works once: one step-up a person and test. */
export async function giveCode(page: Page, { totpKey }: TestPerson): Promise<void> {
  await askedForCode(page)
  await page.getByLabel('One-time code').fill(totpCode(totpKey, Math.floor(Date.now() / 1000)))
  await page.getByRole('button', { name: 'Continue' }).click()
}

/** Gives up on the provider's page that asks for a one-time code. */
export async function cancel(page: Page): Promise<void> {
  await askedForCode(page)
  await page.getByRole('button', { name: 'Cancel' }).click()
}

async function askedForCode(page: Page): Promise<void> {
  await page.locator('main[data-page=step-up][data-method=totp]').waitFor()
}
