import { createHash, generateKeyPairSync, sign } from 'node:crypto'

export interface ClientCertificate {
  readonly pem: { readonly key: string; readonly cert: string }
  readonly der: Buffer
  /** What `x5t#S256` of a token that is bound to it says (RFC 8705 §3.1). */
  readonly thumbprint: string
}

/** A self-signed certificate for `client.example` and its key, made anew for each run. */
export function createCertificate(): ClientCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'))
  const name = sequence(
    der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from('client.example')))),
  )
  const certified = sequence(
    // Version 3, a serial number, and then what RFC 5280 §4.1 wants, in its order.
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    sequence(time('20200101000000Z'), time('21200101000000Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = sign('sha256', certified, privateKey)
  const whole = sequence(
    certified,
    ecdsaWithSha256,
    der(0x03, Buffer.concat([Buffer.from([0]), signature])),
  )
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return {
    pem: {
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    },
    der: whole,
    thumbprint: createHash('sha256').update(whole).digest('base64url'),
  }
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

function objectId(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function time(text: string): Buffer {
  return der(0x18, Buffer.from(text))
}
