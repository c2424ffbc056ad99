import { defineConfig } from '@playwright/test'

import { chromiumArguments } from './tools/chromium-arguments.ts'
import { findChromium } from './tools/find-chromium.ts'

// Workers load this file again; they take the browser that was found first.
const executablePath = (process.env['CHROME_PATH'] ??= findChromium())

/** Browser tests start the servers that they need themselves, each on its own ports. */
export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  workers: 2,
  fullyParallel: false,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  outputDir: '.reports/e2e',
  reporter: [['list'], ['json', { outputFile: '.reports/e2e.json' }]],
  use: {
    browserName: 'chromium',
    headless: true,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath,
      args: [...chromiumArguments],
    },
  },
})
