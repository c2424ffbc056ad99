import {
  type BoundKey,
  boundKeyAlgorithm,
  createKeyBinding,
  type KeyBinding,
  type ProofHost,
} from '../key-binding.ts'

/** A P-256 key as it is kept beside the tokens that are bound to it. RFC 7518 §6.2. */
export interface KeptKey {
  readonly crv: string
  readonly kty: string
  readonly x: string
  readonly y: string
  /** Secret. */
  readonly d: string
}

export async function makeKey(): Promise<KeptKey> {
  const { privateKey } = await crypto.subtle.generateKey(boundKeyAlgorithm, true, ['sign'])
  const {
    crv = '',
    kty = '',
    x = '',
    y = '',
    d = '',
  } = await crypto.subtle.exportKey('jwk', privateKey)
  return { crv, kty, x, y, d }
}

/** The keys of this process, each with the nonces that servers have given for it. */
export class KeyBindings {
  readonly #host: ProofHost
  readonly #bindings = new Map<string, KeyBinding>()

  constructor(host: ProofHost) {
    this.#host = host
  }

  of(key: KeptKey): KeyBinding {
    const known = this.#bindings.get(key.x)
    if (known) return known
    let loading: Promise<BoundKey> | undefined
    const binding = createKeyBinding(() => (loading ??= load(key)), this.#host)
    this.#bindings.set(key.x, binding)
    return binding
  }
}

async function load(key: KeptKey): Promise<BoundKey> {
  const { d: _secret, ...publicJwk } = key
  const privateKey = await crypto.subtle.importKey('jwk', key, boundKeyAlgorithm, false, ['sign'])
  return { privateKey, publicJwk }
}

export function isKeptKey(value: unknown): value is KeptKey {
  if (typeof value !== 'object' || value === null) return false
  const { crv, kty, x, y, d } = value as Readonly<Record<string, unknown>>
  return crv === 'P-256' && kty === 'EC' && [x, y, d].every((part) => typeof part === 'string')
}
