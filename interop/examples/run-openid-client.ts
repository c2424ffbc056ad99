import * as oidc from 'openid-client'
import { answerPages, type ExampleWorld, secrets } from './example-world.ts'

/** What such an example exports. */
interface OpenidClientExample {
  readonly askForMore: (
    configuration: oidc.Configuration,
    redirectUri: string,
  ) => Promise<{ readonly url: URL; readonly checks: oidc.AuthorizationCodeGrantChecks }>
  readonly takeAnswer: (
    configuration: oidc.Configuration,
    callback: URL,
    checks: oidc.AuthorizationCodeGrantChecks,
  ) => Promise<oidc.TokenEndpointResponse>
}

/** An app that asks by `openid-client`: a person answers, and the answer is taken; one with less is not. */
export async function runOpenidClient(
  world: ExampleWorld,
  file: string,
): Promise<string | undefined> {
  const { askForMore, takeAnswer } = (await import(file)) as OpenidClientExample
  const configuration = await oidc.discovery(
    new URL(world.house.issuer),
    'bank',
    undefined,
    oidc.ClientSecretBasic(secrets.BANK_CLIENT_SECRET),
    // The provider is on loopback, where there is no TLS to speak of.
    // oxlint-disable-next-line typescript/no-deprecated -- marked so that it stands out, and it does
    { execute: [oidc.allowInsecureRequests] },
  )
  const visitor = world.house.visitor()
  const person = await world.newcomer()
  const answered = async (change: (url: URL) => void) => {
    const { url, checks } = await askForMore(configuration, `${world.app}/bff/callback`)
    change(url)
    const { last } = await answerPages(visitor, person, await visitor.get(url))
    return takeAnswer(configuration, last.url, checks)
  }
  const weak = await answered((url) => url.searchParams.delete('acr_values')).catch(() => undefined)
  if (weak) return 'takes an answer of a level too low'
  const tokens = await answered(() => {})
  return tokens.access_token === '' ? 'no token' : undefined
}
