import type { Method } from '@newel/policy'
import type { Json } from '../store/index.ts'
import { fieldOf } from './form-body.ts'
import { type AnswerError, type Html, type InteractionFrame, enrolPage } from './pages/index.ts'

interface SetUpFrame extends InteractionFrame {
  readonly username: string
  readonly error?: AnswerError
}

/** The page of what an authenticator began to set up; `view` is what it gave to show. */
export function setUpPage(frame: SetUpFrame, method: Method, view: Json): Html {
  if (method === 'passkey' || method === 'security-key') {
    return enrolPage({ ...frame, step: 'webauthn', method, webauthn: { options: view } })
  }
  if (method === 'email-code') {
    const address = fieldOf(view, 'address')
    return address === undefined
      ? enrolPage({ ...frame, step: 'email-address', suggested: fieldOf(view, 'suggested') ?? '' })
      : enrolPage({ ...frame, step: 'email-code', address })
  }
  return enrolPage({
    ...frame,
    step: 'totp',
    qrSvg: fieldOf(view, 'qrSvg') ?? '',
    key: fieldOf(view, 'secret') ?? '',
    otpauthUri: fieldOf(view, 'uri') ?? '',
  })
}
