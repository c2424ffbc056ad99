import { randomId } from '../secrets/index.ts'
import type { RandomBytes } from '../secrets/index.ts'
import type { Store } from '../store/index.ts'
import { StoreError } from '../store/index.ts'

const model = 'NewelCookieKeys'
const id = 'current'

/** The keys that sign the provider's cookies: the same for every node and after every restart. The store seals them. */
export async function cookieKeys(
  store: Store,
  random: RandomBytes,
  now: number,
): Promise<readonly string[]> {
  const known = await readKeys(store, now)
  if (known !== undefined) return known
  await store.artifacts.createOnce(model, id, { keys: [`${randomId(random)}${randomId(random)}`] })
  // Another node may have been quicker: what is stored is what all of them use.
  const stored = await readKeys(store, now)
  if (stored !== undefined) return stored
  throw new StoreError(
    'store_wrong_key',
    'the cookie keys were sealed under a key that was not given',
  )
}

async function readKeys(store: Store, now: number): Promise<readonly string[] | undefined> {
  const keys = (await store.artifacts.find(model, id, now))?.payload['keys']
  return Array.isArray(keys) && keys.every((key) => typeof key === 'string') ? keys : undefined
}
