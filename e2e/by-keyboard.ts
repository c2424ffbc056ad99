import { type Locator, type Page, expect } from '@playwright/test'

/** Press Tab until the focus is there. More stops than any page has: it cannot be reached. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible()
  for (let stops = 0; stops < 40; stops += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error('the keyboard does not reach it')
}

/** Go there, see that it shows that one is there, and press Enter. */
export async function pressAt(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target)
  await expectFocusShown(page)
  await page.keyboard.press('Enter')
}

export async function typeInto(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field)
  await page.keyboard.type(text)
}

/** What has the focus is drawn around. WCAG 2.2 §2.4.7. */
export async function expectFocusShown(page: Page): Promise<void> {
  const shown = await page.evaluate(() => {
    const focused = document.activeElement
    if (focused === null || focused === document.body) return false
    const { outlineStyle, boxShadow } = getComputedStyle(focused)
    return outlineStyle !== 'none' || boxShadow !== 'none'
  })
  expect(shown, 'the focus is shown').toBe(true)
}
