import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { Json, JsonObject } from '../../store/json.ts'
import { objectOf, textOf } from '../answer-state.ts'

/** WebAuthn §5.8.6: an id has at most 1023 bytes; in base64url four thirds of that. */
const longestId = 1364
/** Generous for what browsers send; attestation is not asked for, and a statement sent all the same has room. */
const longestPart = 65_536

/** The members that are verified, and nothing else of what was sent. */
export function assertionOf(response: Json): AuthenticationResponseJSON | undefined {
  const outer = objectOf(response)
  const inner = innerOf(outer)
  const id = textOf(outer, 'id', longestId)
  const clientDataJSON = textOf(inner, 'clientDataJSON', longestPart)
  const authenticatorData = textOf(inner, 'authenticatorData', longestPart)
  const signature = textOf(inner, 'signature', longestPart)
  const userHandle = textOf(inner, 'userHandle')
  if (!id || !clientDataJSON || !authenticatorData || !signature) return undefined
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON,
      authenticatorData,
      signature,
      ...(userHandle ? { userHandle } : {}),
    },
  }
}

export function registrationOf(response: Json): RegistrationResponseJSON | undefined {
  const outer = objectOf(response)
  const inner = innerOf(outer)
  const id = textOf(outer, 'id', longestId)
  const clientDataJSON = textOf(inner, 'clientDataJSON', longestPart)
  const attestationObject = textOf(inner, 'attestationObject', longestPart)
  if (!id || !clientDataJSON || !attestationObject) return undefined
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: { clientDataJSON, attestationObject, transports: transportsOf(inner) },
  }
}

const knownTransports = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const

type Transport = (typeof knownTransports)[number]

/** A hint for the next time, kept only where it is one of the known words. */
function transportsOf(inner: JsonObject | undefined): Transport[] {
  if (!inner || !Object.hasOwn(inner, 'transports')) return []
  const sent = inner['transports']
  return Array.isArray(sent) ? knownTransports.filter((known) => sent.includes(known)) : []
}

function innerOf(outer: JsonObject | undefined): JsonObject | undefined {
  return outer && Object.hasOwn(outer, 'response') ? objectOf(outer['response']) : undefined
}

/** The options for the page. The library types them as interfaces with absent members, which JSON leaves out. */
export function optionsJson(options: object): Json {
  return JSON.parse(JSON.stringify(options)) as Json
}
