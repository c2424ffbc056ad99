import type { ConsentScope } from './pages/index.ts'
import { consentPage, standardScopes } from './pages/index.ts'
import { finishConsent, finishRefusedAccount } from './finish.ts'
import { type InteractionVisit, addressOf } from './interaction-visit.ts'
import { isOfPresent, markGeneration } from '../provider/grant-generation.ts'
import { interactionFrame, requestLocale, sendPage } from './send-page.ts'

/** What the library found missing in the consent grant. */
interface MissingConsent {
  readonly missingOIDCScope?: readonly string[]
  readonly missingOIDCClaims?: readonly string[]
  readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>>
}

export async function showConsent(visit: InteractionVisit): Promise<void> {
  const { account } = visit
  if (account === undefined) return finishRefusedAccount(visit)
  const page = consentPage({
    ...interactionFrame(visit, addressOf(visit)),
    username: account.username,
    scopes: scopesOf(visit),
  })
  return sendPage(visit, page)
}

export async function acceptConsent(visit: InteractionVisit): Promise<void> {
  const { desk, account, client, grantId } = visit
  if (account === undefined) return finishRefusedAccount(visit)
  const provider = desk.provider()
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const standing = known !== undefined && isOfPresent(known, account) ? known : undefined
  const grant = standing ?? new provider.Grant({ accountId: account.id, clientId: client.id })
  markGeneration(grant, account)
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = missingIn(visit)
  if (missingOIDCScope !== undefined) grant.addOIDCScope(missingOIDCScope.join(' '))
  if (missingOIDCClaims !== undefined) grant.addOIDCClaims([...missingOIDCClaims])
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '))
  }
  return finishConsent(visit, await grant.save())
}

function missingIn({ details }: InteractionVisit): MissingConsent {
  return details
}

/** Scopes in the words of the document; where nothing new is asked, what the request names. */
function scopesOf(visit: InteractionVisit): readonly ConsentScope[] {
  const {
    missingOIDCScope = [],
    missingOIDCClaims = [],
    missingResourceScopes = {},
  } = missingIn(visit)
  const ofResources = Object.entries(missingResourceScopes).flatMap(([id, names]) => {
    const resource = visit.desk.document.resources.find((known) => known.id === id)
    return names.map((name) => scope(name, resource?.scopes.get(name)))
  })
  const standard = new Map<string, string>(
    Object.entries(
      standardScopes({ locale: requestLocale(visit.desk, visit.request, visit.params) }),
    ),
  )
  const missing = [
    ...missingOIDCScope.map((name) => scope(name, standard.get(name))),
    ...missingOIDCClaims.map((name) => scope(name, undefined)),
    ...ofResources,
  ]
  if (missing.length > 0) return missing
  const { scope: asked } = visit.params
  const names = typeof asked === 'string' ? asked.split(' ').filter((name) => name !== '') : []
  return names.map((name) => scope(name, standard.get(name)))
}

function scope(name: string, description: string | undefined): ConsentScope {
  return description === undefined || description === '' ? { name } : { name, description }
}
