import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fuzzed } from '@newel/testing/fuzz'
import type { JWK } from 'jose'
import { isCanonical, readCompactJws, readJsonPart } from './compact-jws.ts'
import { asymmetricAlgorithms } from './key-set.ts'
import type { KeySet } from './key-set.ts'
import { createNodeKeySet } from './node-key-set.ts'
import { createWebKeySet } from './web-key-set.ts'

interface Pair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pairs: Readonly<Record<string, Pair>> = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: generateKeyPairSync('ed25519'),
  RS256: rsa,
}

function pairOf(alg: string): Pair {
  const name = alg === 'Ed25519' ? 'EdDSA' : /^[RP]S/.test(alg) ? 'RS256' : alg
  const pair = pairs[name]
  if (!pair) throw new Error(`no pair for ${alg}`)
  return pair
}

function jwkOf(alg: string, members: Partial<JWK> = {}): JWK {
  return { ...(pairOf(alg).publicKey.export({ format: 'jwk' }) as JWK), kid: alg, ...members }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function signed(alg: string, header: Record<string, unknown> = {}): string {
  const input = `${encode({ alg, kid: alg, ...header })}.${encode({ sub: 'anna' })}`
  const key = pairOf(alg).privateKey
  const digest = alg.startsWith('Ed') ? null : `sha${alg.slice(2)}`
  const options = alg.startsWith('PS')
    ? {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      }
    : alg.startsWith('ES')
      ? ({ key, dsaEncoding: 'ieee-p1363' } as const)
      : key
  return `${input}.${sign(digest, Buffer.from(input), options).toString('base64url')}`
}

const all = new Set(asymmetricAlgorithms)
const implementations: Readonly<Record<string, (keys: readonly JWK[]) => KeySet>> = {
  node: (keys) => createNodeKeySet(keys) as KeySet,
  web: createWebKeySet,
}

async function verdict(keySet: KeySet, token: string, algorithms = all): Promise<string> {
  const jws = readCompactJws(token)
  return jws ? keySet.verify(jws, algorithms) : 'malformed'
}

describe.each(Object.entries(implementations))('signatures on %s', (_name, createKeys) => {
  test.each(asymmetricAlgorithms)('%s verifies, and no bit of it may change', async (alg) => {
    const keys = createKeys([jwkOf(alg)])
    const token = signed(alg)
    expect(await verdict(keys, token)).toBe('valid')
    for (const at of [token.indexOf('.') + 3, token.lastIndexOf('.') + 9]) {
      const other = token[at] === 'A' ? 'B' : 'A'
      const changed = `${token.slice(0, at)}${other}${token.slice(at + 1)}`
      expect(await verdict(keys, changed)).toBe('signature_invalid')
    }
  })

  test('an algorithm that was not asked for is refused', async () => {
    expect(await verdict(createKeys([jwkOf('ES256')]), signed('ES256'), new Set(['RS256']))).toBe(
      'algorithm_refused',
    )
  })

  test('HMAC over the public key is no signature, whatever is asked for (RFC 8725 §2.1)', async () => {
    const spki = pairOf('RS256').publicKey.export({ type: 'spki', format: 'pem' })
    const input = `${encode({ alg: 'HS256', kid: 'RS256' })}.${encode({ sub: 'anna' })}`
    const mac = createHmac('sha256', spki).update(input).digest('base64url')
    const keys = createKeys([jwkOf('RS256')])
    expect(await verdict(keys, `${input}.${mac}`)).toBe('algorithm_refused')
    expect(await verdict(keys, `${input}.${mac}`, new Set(['HS256']))).toBe('key_unknown')
  })

  test.each<[string, Partial<JWK>]>([
    ['another name', { kid: 'other' }],
    ['another algorithm', { alg: 'ES384' }],
    ['another use', { use: 'enc' }],
    ['other operations', { key_ops: ['sign'] }],
  ])('a key of %s does not fit', async (_title, members) => {
    expect(await verdict(createKeys([jwkOf('ES256', members)]), signed('ES256'))).toBe(
      'key_unknown',
    )
  })

  test('a key of another kind or curve does not fit', async () => {
    for (const alg of ['ES384', 'RS256', 'EdDSA']) {
      const keys = createKeys([jwkOf(alg, { kid: 'ES256' })])
      expect(await verdict(keys, signed('ES256'))).toBe('key_unknown')
    }
  })

  test('without a name in the token every key of its kind is tried, eight at most', async () => {
    const unnamed = signed('ES256', { kid: undefined })
    const others = (count: number): JWK[] =>
      Array.from({ length: count }, (_, index) => ({
        ...(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
          format: 'jwk',
        }) as JWK),
        kid: `other-${index}`,
      }))
    expect(await verdict(createKeys([...others(7), jwkOf('ES256')]), unnamed)).toBe('valid')
    expect(await verdict(createKeys([...others(8), jwkOf('ES256')]), unnamed)).toBe(
      'signature_invalid',
    )
  })

  test('an RSA key that is too short verifies nothing (RFC 7518 §3.3)', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const jwk = { ...(publicKey.export({ format: 'jwk' }) as JWK), kid: 'short' }
    const input = `${encode({ alg: 'RS256', kid: 'short' })}.${encode({ sub: 'anna' })}`
    const signature = sign('sha256', Buffer.from(input), privateKey).toString('base64url')
    expect(await verdict(createKeys([jwk]), `${input}.${signature}`)).not.toBe('valid')
  })

  test('an ECDSA signature in DER, or of another length, is none (RFC 7518 §3.4)', async () => {
    const keys = createKeys([jwkOf('ES256')])
    const input = `${encode({ alg: 'ES256', kid: 'ES256' })}.${encode({ sub: 'anna' })}`
    const der = sign('sha256', Buffer.from(input), pairOf('ES256').privateKey)
    for (const bytes of [der, Buffer.alloc(64), Buffer.alloc(63, 1), Buffer.alloc(65, 1)]) {
      const token = `${input}.${bytes.toString('base64url')}`
      expect(await verdict(keys, token)).toBe('signature_invalid')
    }
  })

  test('one key of the set that cannot be used does not stop the others', async () => {
    const broken: JWK = { kty: 'EC', crv: 'P-256', x: '!', y: '!', kid: 'ES256' }
    expect(await verdict(createKeys([broken, jwkOf('ES256')]), signed('ES256'))).toBe('valid')
  })
})

describe('both runtimes', () => {
  test('agree on every token, whatever was changed', async () => {
    const jwks = asymmetricAlgorithms.map((alg) => jwkOf(alg))
    const [node, web] = [createNodeKeySet(jwks) as KeySet, createWebKeySet(jwks)]
    const tokens = asymmetricAlgorithms.map((alg) => signed(alg))
    const property = fc.asyncProperty(
      fc.constantFrom(...tokens),
      fc.nat(),
      fc.constantFrom('', 'A', 'x', '_', '.', '='),
      async (token, position, put) => {
        const at = position % token.length
        const changed = `${token.slice(0, at)}${put}${token.slice(at + 1)}`
        expect(await verdict(web, changed)).toBe(await verdict(node, changed))
      },
    )
    await fc.assert(property, fuzzed(300))
  })
})

describe('taking a token apart', () => {
  test.each([
    '',
    '.',
    '..',
    'a.b',
    'a.b.c.d',
    'a.b.',
    '.b.c',
    'e30.e30.e30',
    `${encode({ alg: 'ES256' })}.e30.A`,
    `${encode({ alg: 'ES256' })}.e30.AB`,
    `${encode({ alg: 'ES256' })}.e30=.AA`,
    `${encode({ alg: 'ES256' })}.e30.AA\n`,
    `${encode({ alg: 1 })}.e30.AA`,
    `${encode({ alg: ['ES256'] })}.e30.AA`,
    `${encode({ alg: 'ES256', crit: [] })}.e30.AA`,
    `${encode({ alg: 'ES256', crit: null })}.e30.AA`,
    `${encode({ alg: 'ES256', b64: false, crit: ['b64'] })}.e30.AA`,
    `${encode(['ES256'])}.e30.AA`,
    `${encode('ES256')}.e30.AA`,
    `${encode({ alg: 'ES256', x: 'x'.repeat(5000) })}.e30.AA`,
    `${Buffer.from([0xff, 0xfe]).toString('base64url')}.e30.AA`,
    `${Buffer.from('{"alg":"ES256"').toString('base64url')}.e30.AA`,
  ])('%.60s is not looked at', (token) => {
    expect(readCompactJws(token)).toBeUndefined()
  })

  test('keys that a token brings along, and names that are none, are not read', () => {
    const header = { alg: 'ES256', kid: 7, jwk: {}, jku: 'https://evil.example', x5c: ['x'] }
    expect(readCompactJws(`${encode(header)}.e30.AA`)?.header).toEqual({
      alg: 'ES256',
      kid: undefined,
      typ: '',
    })
  })

  test('one byte string has one spelling (RFC 4648 §3.5)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url')
        expect(isCanonical(text)).toBe(true)
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
        for (const last of alphabet) {
          const spelling = text.slice(0, -1) + last
          const same = Buffer.from(spelling, 'base64url').equals(Buffer.from(bytes))
          if (same && spelling !== text) expect(isCanonical(spelling)).toBe(false)
        }
      }),
    )
  })

  test('of a member that stands twice, the last counts, as for every reader of JSON', () => {
    const twice = Buffer.from('{"sub":"a","sub":"b"}').toString('base64url')
    expect(readJsonPart(twice)).toEqual({ sub: 'b' })
  })

  test('deeply nested input is read or refused, never a failure of the process', () => {
    const deep = Buffer.from('['.repeat(12_000)).toString('base64url')
    expect(readJsonPart(deep)).toBeUndefined()
    const closed = `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`
    expect(readJsonPart(Buffer.from(closed).toString('base64url'))).toBeDefined()
  })
})
