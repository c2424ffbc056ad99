import { Secret, TOTP } from 'otpauth'
import { renderSVG } from 'uqr'
import type { EpochSeconds } from '@newel/policy'
import { randomId } from '../../secrets/random-bytes.ts'
import type { RandomBytes } from '../../secrets/random-bytes.ts'
import type { SealedPlace, Sealer } from '../../secrets/sealer.ts'
import type { Json } from '../../store/json.ts'
import type { TotpCredential, TotpData } from '../../store/credential.ts'
import type { Store } from '../../store/store.ts'
import { isFresh, objectOf, textOf } from '../answer-state.ts'
import type { Authenticator } from '../authenticator.ts'
import { openCredentialSecret, sealCredentialSecret } from '../credential-secret.ts'
import { proved } from '../proved.ts'

export interface TotpOptions {
  readonly store: Pick<Store, 'credentials'>
  readonly sealer: Sealer
  readonly random: RandomBytes
  /** Shown by the person's app above the code. */
  readonly rpName: string
}

/** What every app can do; some ignore any other choice without a word. */
const parameters: TotpData = { algorithm: 'SHA1', digits: 6, periodSeconds: 30 }

/** Steps to either side that are accepted, for clocks that differ and people who type (RFC 6238 §5.2). */
const windowSteps = 1

/** RFC 4226 §4 R6 recommends 160 bits. */
const secretBytes = 20

/** Something held: an app that shares a key. Each code is accepted once, in whatever it is used. */
export function createTotpAuthenticator(options: TotpOptions): Authenticator {
  const { store, sealer, random, rpName } = options

  return {
    id: 'totp',
    proves: ['totp'],
    available: (credentials) =>
      credentials.some(({ method }) => method === 'totp') ? ['totp'] : [],
    begin: async () => ({}),

    async verify({ account, credentials, response, now }) {
      const code = codeOf(response)
      if (code === undefined) return { ok: false, reason: 'malformed' }
      const own = credentials.filter(
        (known): known is TotpCredential =>
          known.method === 'totp' && known.accountId === account?.id,
      )
      if (own.length === 0) return { ok: false, reason: 'unknown_credential' }
      let replayed = false
      for (const credential of own) {
        const secret = openCredentialSecret(sealer, credential)
        const step = matchingStep(code, secret, credential.data, now)
        if (step === undefined) continue
        if (!(await store.credentials.acceptTotpStep(credential.id, step, now))) {
          replayed = true
          continue
        }
        return proved(store.credentials, credential, now, 'totp')
      }
      return { ok: false, reason: replayed ? 'replayed' : 'wrong' }
    },

    enrolment: {
      async begin({ account, now }) {
        const secret = random(secretBytes)
        const owner = { id: randomId(random), accountId: account.id }
        const uri = totp(secret, parameters, { issuer: rpName, label: account.username }).toString()
        return {
          state: {
            ...owner,
            askedAt: now,
            secret: Buffer.from(sealer.seal(secret, enrolmentPlace(owner))).toString('base64url'),
          },
          view: { uri, secret: base32(secret), qrSvg: renderSVG(uri, { border: 2 }) },
        }
      },
      /** The first code shows that the app has the key; it is spent by that. */
      async finish({ account, response, state, now, label }) {
        const asked = objectOf(state)
        const owner = { id: textOf(asked, 'id') ?? '', accountId: account.id }
        if (!asked || textOf(asked, 'accountId') !== account.id || !isFresh(asked, now)) {
          return { ok: false, reason: 'expired' }
        }
        const code = codeOf(response)
        if (code === undefined) return { ok: false, reason: 'malformed' }
        const sealed = Buffer.from(textOf(asked, 'secret') ?? '', 'base64url')
        const secret = sealer.open(sealed, enrolmentPlace(owner))
        const step = matchingStep(code, secret, parameters, now)
        if (step === undefined) return { ok: false, reason: 'wrong' }
        return {
          ok: true,
          credential: {
            ...owner,
            method: 'totp',
            label: label ?? 'Authenticator app',
            createdAt: now,
            data: { ...parameters, acceptedStep: step },
            secret: sealCredentialSecret(sealer, owner, secret),
          },
        }
      },
    },
  }
}

/** Apps show codes in groups. */
function codeOf(response: Json): string | undefined {
  if (typeof response !== 'string' || response.length > 32) return undefined
  const code = response.replaceAll(/[\s-]/g, '')
  return /^[0-9]{6}$/.test(code) ? code : undefined
}

/** The time step that the code belongs to, if it is one of those accepted now. Compared in constant time. */
function matchingStep(
  code: string,
  secret: Uint8Array,
  data: TotpData,
  now: EpochSeconds,
): number | undefined {
  const timestamp = now * 1000
  const generator = totp(secret, data)
  const delta = generator.validate({ token: code, timestamp, window: windowSteps })
  return delta === null ? undefined : generator.counter({ timestamp }) + delta
}

function totp(
  secret: Uint8Array,
  { algorithm, digits, periodSeconds }: TotpData,
  shown: { issuer?: string; label?: string } = {},
): TOTP {
  const key = Secret.fromHex(Buffer.from(secret).toString('hex'))
  return new TOTP({ ...shown, secret: key, algorithm, digits, period: periodSeconds })
}

/** For people who cannot scan. */
function base32(secret: Uint8Array): string {
  return Secret.fromHex(Buffer.from(secret).toString('hex')).base32
}

/** Until the first code was right, the key is bound to the enrolment and is no credential. */
function enrolmentPlace({ id, accountId }: { id: string; accountId: string }): SealedPlace {
  return { table: 'interaction', column: 'enrolment', id: JSON.stringify([accountId, id]) }
}
