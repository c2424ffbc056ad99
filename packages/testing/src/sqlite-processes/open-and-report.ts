// Opens the store named by the first argument and prints `open` or the error's code.
import { createSealer, openSqliteStore, StoreError } from '@newel/identity-provider/store'

const sealer = createSealer(new Uint8Array(32).fill(7))
try {
  const store = await openSqliteStore({ path: process.argv[2] ?? '', sealer })
  await store.close()
  process.stdout.write('open')
} catch (error) {
  process.stdout.write(error instanceof StoreError ? error.code : String(error))
}
