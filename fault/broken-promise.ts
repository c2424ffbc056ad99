import type { Store } from '@newel/identity-provider/store'
import type { AnsweredCall } from './store-with-faults.ts'

/** A store that answered has made it durable. What is not there although it was answered; undefined where all is. */
export async function brokenPromise(
  store: Store,
  { part, method, args, result }: AnsweredCall,
  now: number,
): Promise<string | undefined> {
  const [first, second] = args as readonly [unknown, unknown]
  const call = `${part}.${method}`
  const gone = `${call} was answered and is not in the database`
  switch (call) {
    case 'artifacts.upsert':
      return (await store.artifacts.find(String(first), String(second), now)) ? undefined : gone
    case 'artifacts.consume': {
      if (result !== true) return undefined
      const found = await store.artifacts.find(String(first), String(second), now)
      return found === undefined || found.consumedAt !== undefined ? undefined : gone
    }
    case 'credentials.add':
      return result !== 'added' || (await store.credentials.byId(idOf(first))) ? undefined : gone
    case 'credentials.acceptTotpStep': {
      const credential = await store.credentials.byId(String(first))
      const accepted = credential?.method === 'totp' ? credential.data.acceptedStep : undefined
      return result !== true || (accepted ?? 0) >= Number(second) ? undefined : gone
    }
    case 'sessions.append': {
      const events = (await store.sessions.read(String(first)))?.events ?? []
      return events.length > 0 ? undefined : gone
    }
    case 'interactions.create':
      return (await store.interactions.read(idOf(first), now)) ? undefined : gone
    case 'keys.add':
    case 'keys.activate': {
      const kid = call === 'keys.add' ? (first as { readonly kid: string }).kid : String(first)
      const key = (await store.keys.list()).find((stored) => stored.kid === kid)
      const done = key !== undefined && (call === 'keys.add' || key.state === 'active')
      return result !== true || done ? undefined : gone
    }
    default:
      return undefined
  }
}

function idOf(row: unknown): string {
  return (row as { readonly id: string }).id
}
