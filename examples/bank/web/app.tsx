import type { BrowserClient, CallbackResult, ResumedCall, Session } from '@newel/client/browser'
import { useCallback, useEffect, useRef, useState } from 'react'
import { callApi } from './action/call-api.ts'
import { type Failure, failureOf } from './action/failure.ts'
import { withResumed } from './action/resumed-calls.ts'
import type { Return } from './action/use-action.ts'
import { forgetDrafts } from './action/use-draft.ts'
import type { BankConfig } from './bank-client.ts'
import { type Account, BankContext } from './bank-context.ts'
import type { Conversation } from './conversation/conversation.ts'
import { ConversationPanel } from './conversation/conversation-panel.tsx'
import { Header } from './header.tsx'
import { AdminScreen } from './screens/admin-screen.tsx'
import { CardScreen } from './screens/card-screen.tsx'
import { LandingScreen } from './screens/landing-screen.tsx'
import { OverviewScreen } from './screens/overview-screen.tsx'
import { PaymentDetailsScreen } from './screens/payment-details-screen.tsx'
import { TransferScreen } from './screens/transfer-screen.tsx'
import { StepUpSwitch } from './step-up-switch.tsx'
import { usePath } from './use-path.ts'

export interface AppProps {
  readonly client: BrowserClient
  readonly config: BankConfig
  readonly conversation: Conversation
  /** The trip to the provider that this page load ends. */
  readonly callback: CallbackResult | undefined
  /** The calls that it interrupted, and their answers. */
  readonly resumed: readonly ResumedCall[]
}

const screens: Readonly<Record<string, () => React.ReactNode>> = {
  '/': OverviewScreen,
  '/payment-details': PaymentDetailsScreen,
  '/card': CardScreen,
  '/transfer': TransferScreen,
  '/admin': AdminScreen,
}

export function App({ client, config, conversation, callback, resumed }: AppProps) {
  const [send] = useState(() => withResumed(client.fetch, resumed))
  const session = useSession(client)
  const { account, accountFailure, reloadAccount } = useAccount(client, session?.subject)
  const [path, open] = usePath()
  const [arrival, setArrival] = useState({ path, back: returnOf(callback, resumed) })
  const [loginFailure, setLoginFailure] = useState(() => loginFailureOf(callback, session))
  const main = useRef<HTMLElement>(null)
  useFocusOnScreen(main, `${path} ${session === undefined}`)

  const goTo = (next: string) => {
    setArrival({ path: next, back: undefined })
    open(next)
  }
  const login = () => {
    setLoginFailure(undefined)
    client.login().catch((error: unknown) => setLoginFailure(failureOf(error)))
  }
  const logout = () => {
    forgetDrafts()
    client
      .logout({ postLogoutRedirectUri: `${location.origin}/` })
      .catch((error: unknown) => setLoginFailure(failureOf(error)))
  }
  const Screen = screens[path] ?? OverviewScreen
  // Only the screen on which the step-up began has what came of it.
  const back = arrival.path === path ? arrival.back : undefined
  return (
    <>
      <a className="skip" href="#main">
        Skip to the bank
      </a>
      <Header
        signedIn={session !== undefined}
        account={account}
        path={path}
        onOpen={goTo}
        onLogout={logout}
      />
      <div className="columns">
        <div className="bank">
          <main id="main" ref={main}>
            {session === undefined ? (
              <LandingScreen failure={loginFailure} onLogin={login} />
            ) : (
              <BankContext
                value={{
                  client,
                  send,
                  config,
                  session,
                  account,
                  accountFailure,
                  reloadAccount,
                  open: goTo,
                  back,
                }}
              >
                <Screen key={path} />
              </BankContext>
            )}
          </main>
          <StepUpSwitch />
        </div>
        <ConversationPanel conversation={conversation} session={session} />
      </div>
    </>
  )
}

function useSession(client: BrowserClient): Session | undefined {
  const [session, setSession] = useState(client.session)
  useEffect(() => client.subscribe(setSession), [client])
  return session
}

/** What came of asking for the account of one person. */
interface Loaded {
  readonly subject: string
  readonly account?: Account
  readonly failure?: Failure
}

function useAccount(client: BrowserClient, subject: string | undefined) {
  const [loaded, setLoaded] = useState<Loaded>()
  const reloadAccount = useCallback(() => {
    if (subject === undefined) return
    callApi<Account>(client.fetch, '/api/account').then(
      (account) => setLoaded({ subject, account }),
      // What was shown before stays; only an account that was never seen is missed.
      (error: unknown) =>
        setLoaded((known) =>
          known?.subject === subject && known.account
            ? known
            : { subject, failure: failureOf(error) },
        ),
    )
  }, [client, subject])
  useEffect(reloadAccount, [reloadAccount])
  // What was loaded for one person is not shown to another.
  const own = loaded?.subject === subject ? loaded : undefined
  return { account: own?.account, accountFailure: own?.failure, reloadAccount }
}

/** A new screen is announced by its heading. The first one is left to the browser. */
function useFocusOnScreen(main: React.RefObject<HTMLElement | null>, screen: string): void {
  const shown = useRef(screen)
  useEffect(() => {
    if (shown.current === screen) return
    shown.current = screen
    main.current?.querySelector('h1')?.focus()
  }, [main, screen])
}

function returnOf(
  callback: CallbackResult | undefined,
  resumed: readonly ResumedCall[],
): Return | undefined {
  if (callback?.outcome === 'completed' && resumed.length > 0) {
    return { outcome: 'completed' }
  }
  if (callback?.outcome === 'failed' && callback.purpose === 'step_up') {
    return { outcome: 'failed', error: callback.error }
  }
  return undefined
}

function loginFailureOf(
  callback: CallbackResult | undefined,
  session: Session | undefined,
): Failure | undefined {
  return callback?.outcome === 'failed' && session === undefined
    ? failureOf(callback.error)
    : undefined
}
