import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { storeContract } from '@newel/testing'
import { createSealer } from '../../secrets/sealer.ts'
import { openSqliteStore } from './open-sqlite-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'newel-store-'))
const sealer = createSealer(new Uint8Array(32).fill(7))
let opened = 0

afterAll(() => rmSync(folder, { recursive: true, force: true }))

storeContract('SQLite in memory', async () => openSqliteStore({ path: ':memory:', sealer }))
storeContract('SQLite in a file', async () =>
  openSqliteStore({ path: join(folder, `${opened++}.db`), sealer }),
)
