import type { EpochSeconds } from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { addressFactor, addressKey } from '../interaction/attempts.ts'
import {
  type PageFrame,
  deviceCodePage,
  deviceConfirmPage,
  deviceEndedPage,
  errorPage,
  standardScopes,
} from '../interaction/pages/index.ts'
import { referenceOf } from '../operations/request-facts.ts'
import type { AttemptLimit, Store } from '../store/index.ts'

/** How long a device waits for its person, in seconds. RFC 8628 §3.2: `expires_in`. */
export const deviceCodeSeconds = 600

/** Where the device asks, and where the person types its code. */
export const deviceRoutes = {
  device_authorization: '/device_authorization',
  code_verification: '/device',
} as const

export interface DeviceFlowOptions {
  readonly document: PolicyDocument
  readonly store: Pick<Store, 'accounts' | 'attempts'>
  readonly clock: () => EpochSeconds
  /** The frame in the language that the request or its browser asks for. */
  readonly frameOf: (ctx: KoaContextWithOIDC) => PageFrame
}

/** The part of the library's error that says what became of a typed code. */
interface CodeRefusal {
  readonly name?: string
  readonly userCode?: string
}

/**
 * The device flow (RFC 8628) on the library's endpoints: our pages, and a limit on guesses. The code of a link is filled
 * in, never sent by itself.
 */
export function deviceFlow(options: DeviceFlowOptions): {
  readonly feature: Readonly<Record<string, unknown>>
  /** In front of the library's endpoints. */
  readonly guard: (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => Promise<void>
} {
  const { document, store, clock, frameOf } = options
  const { attempts, windowSeconds, durationSeconds: lockSeconds } = document.lockout
  // Without back-off: nobody behind the address could end it by being right.
  const limit: AttemptLimit = { attempts: attempts * addressFactor, windowSeconds, lockSeconds }
  const guessedWrong = new WeakSet<object>()
  const filledIn = new WeakMap<object, string>()
  const base = new URL(document.issuer).pathname.replace(/\/$/, '')
  const action = `${base}${deviceRoutes.code_verification}`

  async function showRefusal(ctx: KoaContextWithOIDC, error: string, refusal: CodeRefusal) {
    const frame = frameOf(ctx)
    leaveUnsaved(ctx)
    const typed = typedCode(refusal.userCode)
    const xsrf = xsrfOf(ctx)
    switch (refusal.name) {
      case 'NoCodeError': {
        send(ctx, deviceCodePage({ ...frame, action, xsrf, error: 'missing' }), 422)
        return
      }
      case 'NotFoundError':
      case 'ExpiredError':
      case 'AlreadyUsedError': {
        guessedWrong.add(ctx)
        // Whoever tries codes learns nothing of which of the three it was.
        const page = { ...frame, action, xsrf, error: 'unknown', ...typed } as const
        send(ctx, deviceCodePage(page), 422)
        return
      }
      case 'AbortedError': {
        send(ctx, deviceEndedPage({ ...frame, outcome: 'cancelled' }), 200)
        return
      }
      default: {
        showFailure(ctx, frame, error)
      }
    }
  }

  /** A code counts as a wrong one before it is looked for, so that guesses in parallel are counted too. */
  async function counted(ctx: KoaContextWithOIDC, next: () => Promise<unknown>): Promise<void> {
    const [key, now] = [guessesOf(ctx), clock()]
    const taken = await store.attempts.fail(key, now, limit)
    if (!taken.counted) {
      const { lockedUntil = now } = taken
      ctx.set('Retry-After', String(lockedUntil - now))
      const page = { ...frameOf(ctx), action, xsrf: '-', error: 'too_many' } as const
      send(ctx, deviceCodePage(page), 429)
      return
    }
    try {
      await next()
    } finally {
      if (!guessedWrong.has(ctx)) await store.attempts.takeBack(key, now, limit, taken)
    }
  }

  return {
    feature: {
      enabled: true,
      async userCodeInputSource(
        ctx: KoaContextWithOIDC,
        _form: string,
        out?: { readonly error: string },
        refusal?: CodeRefusal,
      ) {
        if (refusal !== undefined) return showRefusal(ctx, out?.error ?? '', refusal)
        const page = deviceCodePage({
          ...frameOf(ctx),
          action,
          xsrf: xsrfOf(ctx),
          ...typedCode(filledIn.get(ctx)),
        })
        return send(ctx, page, 200)
      },
      async userCodeConfirmSource(
        ctx: KoaContextWithOIDC,
        _form: string,
        client: { readonly clientId: string; readonly clientName?: string },
        _deviceInfo: unknown,
        userCode: string,
      ) {
        const frame = frameOf(ctx)
        const asked = ctx.oidc.deviceCode?.params ?? {}
        const accountId = ctx.oidc.session?.accountId
        const account = accountId === undefined ? undefined : await store.accounts.byId(accountId)
        const page = deviceConfirmPage({
          ...frame,
          action,
          xsrf: xsrfOf(ctx),
          clientName: client.clientName ?? client.clientId,
          userCode,
          ...(account && { username: account.username }),
          scopes: scopesOf(document, frame, asked['scope']),
          asksProof: ['acr_values', 'max_age', 'claims'].some((name) => asked[name] !== undefined),
        })
        send(ctx, page, 200)
      },
      successSource(ctx: KoaContextWithOIDC) {
        send(ctx, deviceEndedPage({ ...frameOf(ctx), outcome: 'connected' }), 200)
      },
    },

    async guard(ctx, next) {
      if (ctx.path === deviceRoutes.code_verification && ctx.method === 'GET') {
        const { user_code: userCode } = ctx.query
        // The library would post it at once, by a script.
        if (typeof userCode === 'string') filledIn.set(ctx, userCode)
        ctx.querystring = ''
      }
      const answers = ctx.path === deviceRoutes.code_verification && ctx.method === 'POST'
      await (answers ? counted(ctx, next) : next())
    },
  }
}

/**
 * The library puts a new form token into the session of whoever was refused. A browser that came without a session has
 * none that could be saved, and the library fails over it; such a browser gets no form.
 */
function leaveUnsaved({ oidc: { session } }: KoaContextWithOIDC): void {
  if (session !== undefined && session.exp === undefined) Object.assign(session, { touched: false })
}

function showFailure(ctx: KoaContextWithOIDC, frame: PageFrame, error: string): void {
  if (error === 'server_error') {
    send(ctx, errorPage({ ...frame, error, reference: referenceOf(ctx.req) }), 500)
    return
  }
  // Neither a code nor a device was found: the form or the cookies of another time.
  if (ctx.oidc.deviceCode === undefined && error === 'invalid_request') {
    const stale = ctx.oidc.route === 'device_resume' ? 'interaction_expired' : 'form_expired'
    send(ctx, errorPage({ ...frame, error: stale, reference: referenceOf(ctx.req) }), 400)
    return
  }
  const outcome = error === 'unmet_authentication_requirements' ? 'unmet' : 'ended'
  send(ctx, deviceEndedPage({ ...frame, outcome }), 400)
}

function send(ctx: KoaContextWithOIDC, page: unknown, status: number): void {
  ctx.status = status
  ctx.type = 'html'
  ctx.body = page
  ctx.set('Cache-Control', 'no-store')
}

/** Guesses of codes are counted apart from wrong passwords: neither locks the other out. */
function guessesOf(ctx: KoaContextWithOIDC): string {
  return `device-code:${addressKey(ctx.ip)}`
}

/** Longest code that is shown again: twice what a device shows. */
const longestCode = 20

function typedCode(userCode: string | undefined): { readonly userCode?: string } {
  return userCode === undefined || userCode.length > longestCode ? {} : { userCode }
}

/** The library has put it into the session by now, and looks for it in the form. */
function xsrfOf(ctx: KoaContextWithOIDC): string {
  const state = ctx.oidc.session?.state as { readonly secret?: string } | undefined
  return state?.secret ?? ''
}

function scopesOf(document: PolicyDocument, frame: PageFrame, scope: unknown) {
  const words = new Map<string, string>([
    ...Object.entries(standardScopes(frame)),
    ...document.resources.flatMap((resource) => [...resource.scopes]),
  ])
  const names = typeof scope === 'string' ? scope.split(' ').filter((name) => name !== '') : []
  return names.map((name) => {
    const description = words.get(name)
    return description === undefined || description === '' ? { name } : { name, description }
  })
}
