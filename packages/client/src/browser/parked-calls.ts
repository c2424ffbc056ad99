import { ClientError } from '../errors.ts'
import type { CallParkingFactory, ResumedCall } from './call-parking.ts'
import { type Database, indexedDatabase } from './database.ts'

export interface ParkedCallsOptions {
  /** How long a call is kept, in seconds. Default: 600. */
  readonly timeLimitSeconds?: number
  /** Largest body that is kept, in bytes. Default: 1 MiB. */
  readonly largestBodyBytes?: number
  /** Headers to keep besides the usual ones (lower case). `authorization`, `cookie` and `dpop` are never kept. */
  readonly headers?: readonly string[]
  /**
   * The header that tells the API which call this is, so that it acts once however often it comes; added to calls that
   * change something and lack it. Default: `idempotency-key`. `false`: none is added. An API of another origin must allow it.
   */
  readonly idempotencyHeader?: string | false
  /** Default: IndexedDB of this origin. */
  readonly database?: Database
}

/** One call as it is sealed. */
interface PlainCall {
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [string, string])[]
  readonly credentials: RequestCredentials
  readonly body?: Uint8Array<ArrayBuffer>
}

/** What the database holds of the calls of one trip: readable with a key that the browser does not give out. */
interface SealedCalls {
  readonly key: CryptoKey
  readonly keptUntil: number
  readonly calls: readonly {
    readonly iv: Uint8Array<ArrayBuffer>
    readonly head: ArrayBuffer
    readonly body?: { readonly iv: Uint8Array<ArrayBuffer>; readonly sealed: ArrayBuffer }
  }[]
}

const usualHeaders = [
  'accept',
  'accept-language',
  'content-language',
  'content-type',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'prefer',
  'x-requested-with',
]
const neverKept = new Set(['authorization', 'proxy-authorization', 'cookie', 'dpop'])
const changesNothing = new Set(['GET', 'HEAD', 'OPTIONS'])
const prefix = 'call:'

/**
 * Keep the calls that a step-up by redirect interrupts, and send them once when it is done: to the address they were
 * for, with their method and body. They are encrypted (AES-GCM) with a key that cannot be extracted, bound to the `state`
 * of the trip, and gone after a time limit. Nothing of them is in an address.
 */
export function parkedCalls(options: ParkedCallsOptions = {}): CallParkingFactory {
  const {
    timeLimitSeconds = 600,
    largestBodyBytes = 1 << 20,
    headers = [],
    idempotencyHeader = 'idempotency-key',
    database = indexedDatabase(),
  } = options
  const names = new Set([...usualHeaders, ...headers.map((name) => name.toLowerCase())])
  if (idempotencyHeader !== false) names.add(idempotencyHeader.toLowerCase())

  return ({ host, apiOrigins }) => {
    const plain = async (call: Request): Promise<PlainCall> => {
      if (!apiOrigins.has(new URL(call.url).origin)) throw new NotKept('it is for no API')
      const length = Number(call.headers.get('content-length') ?? 0)
      if (length > largestBodyBytes) throw new NotKept('its body is too large')
      const body = new Uint8Array(await call.clone().arrayBuffer())
      if (body.byteLength > largestBodyBytes) throw new NotKept('its body is too large')
      const kept = new Headers()
      for (const [name, value] of call.headers) {
        if (names.has(name) && !neverKept.has(name)) kept.append(name, value)
      }
      if (
        idempotencyHeader !== false &&
        !changesNothing.has(call.method) &&
        !kept.has(idempotencyHeader)
      ) {
        kept.set(idempotencyHeader, host.randomToken())
      }
      const { url, method, credentials } = call
      return {
        url,
        method,
        credentials,
        headers: [...kept],
        ...(body.byteLength === 0 ? {} : { body }),
      }
    }
    const forgetExpired = async () => {
      for (const key of await database.keys()) {
        if (!key.startsWith(prefix)) continue
        const kept = await database.get(key)
        if (!isSealed(kept) || kept.keptUntil < host.now()) await database.take(key)
      }
    }
    const sealAll = async (state: string, calls: readonly Request[]): Promise<SealedCalls> => {
      const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
        'encrypt',
        'decrypt',
      ])
      const sealOne = async (call: Request) => {
        const { body, ...head } = await plain(call)
        const text = new TextEncoder().encode(JSON.stringify(head))
        const [iv, bodyIv] = [newIv(), newIv()]
        return {
          iv,
          head: await seal(key, iv, state, text),
          ...(body ? { body: { iv: bodyIv, sealed: await seal(key, bodyIv, state, body) } } : {}),
        }
      }
      const keptUntil = host.now() + timeLimitSeconds
      // A caller that has given up wants nothing sent.
      const wanted = calls.filter(({ signal }) => !signal.aborted)
      return { key, keptUntil, calls: await Promise.all(wanted.map(sealOne)) }
    }
    return {
      park: async (state, calls) => {
        try {
          if (calls.length > 0) await forgetExpired()
          // More may be challenged while these are sealed: the page is not left without them.
          for (let kept = 0; kept < calls.length;) {
            kept = calls.length
            await database.set(prefix + state, await sealAll(state, calls.slice(0, kept)))
          }
          return undefined
        } catch (error) {
          return error instanceof NotKept ? error.message : 'the browser keeps nothing'
        }
      },
      resume: async (state, send, emit) => {
        const kept = await database.take(prefix + state)
        await forgetExpired()
        if (!isSealed(kept) || kept.keptUntil < host.now()) return []
        const resumed: ResumedCall[] = []
        // One after the other, in the order in which they were made.
        for (const { iv, head, body } of kept.calls) {
          const call = plainCall(await open(kept.key, iv, state, head))
          // The client may have been given other APIs since.
          if (!call || !apiOrigins.has(new URL(call.url).origin)) continue
          const { url, method, headers: sent, credentials } = call
          const request = new Request(url, {
            method,
            credentials,
            headers: sent.map(([name, value]): [string, string] => [name, value]),
            ...(body ? { body: await open(kept.key, body.iv, state, body.sealed) } : {}),
          })
          resumed.push({ url, method, ...(await outcomeOf(send(request))) })
        }
        for (const { url, method, response, error } of resumed) {
          emit({ type: 'resumed', url, method, ...(response && { status: response.status }) })
          if (error instanceof ClientError) emit({ type: 'error', error })
        }
        return resumed
      },
      forget: async (state) => {
        const all = async () => (await database.keys()).filter((key) => key.startsWith(prefix))
        const keys = state === undefined ? await all() : [prefix + state]
        await Promise.all(keys.map((key) => database.take(key)))
      },
    }
  }
}

async function outcomeOf(
  sending: Promise<Response>,
): Promise<Pick<ResumedCall, 'response' | 'error'>> {
  try {
    return { response: await sending }
  } catch (error) {
    if (error instanceof ClientError || error instanceof TypeError) return { error }
    throw error
  }
}

function newIv(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(12))
}

/** The state is part of the seal: what was kept for one trip opens on no other. */
function parameters(iv: Uint8Array<ArrayBuffer>, state: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(state) }
}

function seal(
  key: CryptoKey,
  iv: Uint8Array<ArrayBuffer>,
  state: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<ArrayBuffer> {
  return crypto.subtle.encrypt(parameters(iv, state), key, bytes)
}

function open(
  key: CryptoKey,
  iv: Uint8Array<ArrayBuffer>,
  state: string,
  sealed: ArrayBuffer,
): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt(parameters(iv, state), key, sealed)
}

function plainCall(bytes: ArrayBuffer): PlainCall | undefined {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
  return isPlainCall(value) ? value : undefined
}

/** The rest follows: nobody but this module has the key. */
function isPlainCall(value: unknown): value is PlainCall {
  return typeof value === 'object' && value !== null && 'url' in value
}

function isSealed(value: unknown): value is SealedCalls {
  return typeof value === 'object' && value !== null && 'keptUntil' in value
}

/** Why one call cannot be kept, on its way out of the others' work. */
class NotKept extends Error {}
