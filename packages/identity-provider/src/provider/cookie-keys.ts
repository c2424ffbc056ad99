import { randomId } from '../secrets/index.ts'
import type { RandomBytes, Sealer } from '../secrets/index.ts'
import type { Store } from '../store/index.ts'

const model = 'NewelCookieKeys'
const id = 'current'
const place = { table: 'artifacts', column: 'cookie_keys', id: `${model}:${id}` }

/** The keys that sign the provider's cookies: the same for every node and after every restart. */
export async function cookieKeys(
  store: Store,
  sealer: Sealer,
  random: RandomBytes,
  now: number,
): Promise<readonly string[]> {
  const known = await readKeys(store, sealer, now)
  if (known !== undefined) return known
  const made = JSON.stringify([`${randomId(random)}${randomId(random)}`])
  const sealed = sealer.seal(Buffer.from(made), place)
  await store.artifacts.createOnce(model, id, { sealed: Buffer.from(sealed).toString('base64url') })
  // Another node may have been quicker: what is stored is what all of them use.
  return (await readKeys(store, sealer, now)) ?? []
}

async function readKeys(
  store: Store,
  sealer: Sealer,
  now: number,
): Promise<readonly string[] | undefined> {
  const stored = await store.artifacts.find(model, id, now)
  if (typeof stored?.payload.sealed !== 'string') return undefined
  const opened = sealer.open(Buffer.from(stored.payload.sealed, 'base64url'), place)
  const keys: unknown = JSON.parse(Buffer.from(opened).toString())
  return Array.isArray(keys) && keys.every((key) => typeof key === 'string') ? keys : undefined
}
