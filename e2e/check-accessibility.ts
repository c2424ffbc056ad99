import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** Smallest width at which nothing may have to be scrolled sideways, in CSS pixels. WCAG 2.2 §1.4.10. */
const narrow = { width: 320, height: 640 }

/** Every rule of axe in the light theme, contrast in the dark one as well, and no sideways scrolling where it is narrow. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  expect(await faults(axe(page)), `${name}, light`).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  // Structure does not change with the theme; colours do.
  expect(await faults(axe(page).withRules(['color-contrast'])), `${name}, dark`).toEqual([])
  await expectNarrow(page, name)
}

/** No sideways scrolling where it is narrow. WCAG 2.2 §1.4.10. */
export async function expectNarrow(page: Page, name: string): Promise<void> {
  const size = page.viewportSize()
  await page.setViewportSize(narrow)
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(overflow, `${name}, ${narrow.width} pixels wide`).toBeLessThanOrEqual(0)
  if (size) await page.setViewportSize(size)
}

function axe(page: Page): AxeBuilder {
  // There is no frame to look into; without this, each run opens a page of its own.
  return new AxeBuilder({ page }).setLegacyMode(true)
}

async function faults(builder: AxeBuilder): Promise<readonly string[]> {
  const { violations } = await builder.analyze()
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  )
}
