import { defineConfig } from '@playwright/test'

import { findChromium } from './tools/find-chromium.ts'

const isRoot = process.getuid?.() === 0

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
      // Root has no user namespace to build the sandbox in. The rest keeps the browser from calling home.
      args: [
        ...(isRoot ? ['--no-sandbox'] : []),
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--disable-quic',
      ],
    },
  },
})
