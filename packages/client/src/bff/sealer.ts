import { ClientError } from '../errors.ts'
import { fromBase64url, toBase64url } from './base64url.ts'
import type { BffHost } from './options.ts'

interface SealingKey {
  /** Tells which key a text was sealed with; says nothing about the key. */
  readonly id: string
  readonly key: CryptoKey
}

const ivBytes = 12

/**
 * Encrypts and authenticates what leaves this process, for cookies and the store alike (AES-256-GCM). The first secret
 * seals, all of them open, so that a new one is put in front and the old one removed when what it sealed has expired.
 */
export class Sealer {
  readonly #keys: Promise<readonly SealingKey[]>
  readonly #random: BffHost['randomBytes']

  /** @throws ClientError `configuration` where a secret is too short to be one */
  constructor(secrets: readonly string[], random: BffHost['randomBytes']) {
    if (secrets.length === 0 || secrets.some((secret) => secret.length < 32)) {
      throw new ClientError(
        'configuration',
        '`secrets` must name at least one secret, each of 32 random characters or more',
      )
    }
    this.#random = random
    this.#keys = Promise.all(secrets.map(deriveKey))
    // Whoever seals or opens hears of a failure.
    this.#keys.catch(() => {})
  }

  /** `place` is authenticated with the value: what was sealed for one place opens at no other. */
  async seal(value: unknown, place: string): Promise<string> {
    const [first] = await this.#keys
    if (!first) throw new ClientError('configuration', '`secrets` is empty')
    const iv = this.#random(ivBytes)
    const sealed = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(place) },
      first.key,
      new TextEncoder().encode(JSON.stringify(value)),
    )
    const bytes = new Uint8Array(ivBytes + sealed.byteLength)
    bytes.set(iv)
    bytes.set(new Uint8Array(sealed), ivBytes)
    return `${first.id}.${toBase64url(bytes)}`
  }

  /** `undefined`: sealed elsewhere, for another place, with a secret that is gone, or changed. */
  async open(text: string, place: string): Promise<unknown> {
    const [id = '', payload = ''] = text.split('.')
    const key = (await this.#keys).find((candidate) => candidate.id === id)?.key
    const bytes = fromBase64url(payload)
    if (!key || !bytes || bytes.length <= ivBytes) return undefined
    try {
      const opened = await crypto.subtle.decrypt(
        {
          name: 'AES-GCM',
          iv: bytes.subarray(0, ivBytes),
          additionalData: new TextEncoder().encode(place),
        },
        key,
        bytes.subarray(ivBytes),
      )
      return JSON.parse(new TextDecoder().decode(opened))
    } catch {
      return undefined
    }
  }
}

async function deriveKey(secret: string): Promise<SealingKey> {
  const material = await crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    'HKDF',
    false,
    ['deriveKey', 'deriveBits'],
  )
  const id = await crypto.subtle.deriveBits(derivation('newel bff key id'), material, 48)
  const key = await crypto.subtle.deriveKey(
    derivation('newel bff sealing'),
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
  return { id: toBase64url(new Uint8Array(id)), key }
}

function derivation(info: string) {
  return {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: new TextEncoder().encode(info),
  }
}
