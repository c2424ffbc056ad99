import type { PolicyDocument } from '@newel/policy-document'
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { ProviderEvent } from '../provider-event.ts'
import type { EndedRequest } from './watch-requests.ts'
import type { EndedStoreCall } from './watch-store.ts'

/** What is counted and timed for Prometheus. It outlives every document that is served. */
export interface ProviderMetrics {
  /** Everything, in the text format of Prometheus. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>
  /** Levels, methods and clients of this document are named from now on; others are `other`. */
  serve(document: PolicyDocument): void
  readonly event: (event: ProviderEvent) => void
  readonly request: (request: EndedRequest) => void
  readonly storeCall: (call: EndedStoreCall) => void
  readonly hashWaited: (seconds: number) => void
  /** Asked whenever the metrics are read. */
  watch(gauges: LiveGauges): void
}

/** What stands, rather than what happened. */
export interface LiveGauges {
  readonly hashesWaiting: () => number
  readonly requestsInFlight: () => number
}

const storeSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
const requestSeconds = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const personSeconds = [1, 2, 5, 10, 15, 20, 30, 45, 60, 120, 300, 900]
const waitSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

const namedMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])

const other = 'other'

/** `nodeMetrics`: those of Node.js and the process too, which are of everything that runs in it. Default `true`. */
export function createProviderMetrics({ nodeMetrics = true } = {}): ProviderMetrics {
  const registry = new Registry()
  const registers = [registry]
  if (nodeMetrics) collectDefaultMetrics({ register: registry })
  let known = { levels: new Set<string>(), methods: new Set<string>(), clients: new Set<string>() }
  let gauges: LiveGauges = { hashesWaiting: () => 0, requestsInFlight: () => 0 }

  const stepUpsAsked = new Counter({
    name: 'newel_step_ups_asked_total',
    help: 'Step-ups that a person was asked for, by the level that was wanted first',
    labelNames: ['level', 'client'],
    registers,
  })
  const stepUpsCompleted = new Counter({
    name: 'newel_step_ups_completed_total',
    help: 'Step-ups that reached what was asked, by the level reached and the last method of it',
    labelNames: ['level', 'method', 'client'],
    registers,
  })
  const stepUpsFailed = new Counter({
    name: 'newel_step_ups_failed_total',
    help: 'Step-ups that ended without it, by the level that was wanted first and the reason',
    labelNames: ['level', 'reason', 'client'],
    registers,
  })
  const stepUpSeconds = new Histogram({
    name: 'newel_step_up_seconds',
    help: 'Time from the question of a step-up to its end, where it was completed',
    labelNames: ['level'],
    buckets: personSeconds,
    registers,
  })
  const logins = new Counter({
    name: 'newel_logins_total',
    help: 'People who signed in, by the method',
    labelNames: ['method', 'client'],
    registers,
  })
  const refusedProofs = new Counter({
    name: 'newel_proofs_refused_total',
    help: 'Answers that were not accepted, at sign-in and in step-ups',
    labelNames: ['method', 'reason'],
    registers,
  })
  const locks = new Counter({
    name: 'newel_locks_total',
    help: 'Methods that were locked for an account after too many wrong answers',
    labelNames: ['method'],
    registers,
  })
  const tokens = new Counter({
    name: 'newel_tokens_issued_total',
    help: 'Token responses, by the grant type; a refresh is `refresh_token`',
    labelNames: ['grant', 'client'],
    registers,
  })
  const refusedTokens = new Counter({
    name: 'newel_tokens_refused_total',
    help: 'Token requests that were refused, by the error',
    labelNames: ['error'],
    registers,
  })
  const requests = new Histogram({
    name: 'newel_request_seconds',
    help: 'Time to answer a request, by the pattern of its route',
    labelNames: ['method', 'route', 'status'],
    buckets: requestSeconds,
    registers,
  })
  const shedRequests = new Counter({
    name: 'newel_requests_shed_total',
    help: 'Requests that were refused before anything was done for them, by the limit that was reached',
    labelNames: ['reason'],
    registers,
  })
  registry.registerMetric(
    new Gauge({
      name: 'newel_requests_in_flight',
      help: 'Requests that are being answered',
      registers: [],
      collect() {
        this.set(gauges.requestsInFlight())
      },
    }),
  )
  const store = new Histogram({
    name: 'newel_store_seconds',
    help: 'Time of a call to the store',
    labelNames: ['part', 'call'],
    buckets: storeSeconds,
    registers,
  })
  const storeFailures = new Counter({
    name: 'newel_store_failures_total',
    help: 'Calls to the store that failed',
    labelNames: ['part'],
    registers,
  })
  const hashWait = new Histogram({
    name: 'newel_hash_wait_seconds',
    help: 'Time that a password waited for its turn to be hashed',
    buckets: waitSeconds,
    registers,
  })
  registry.registerMetric(
    new Gauge({
      name: 'newel_hashes_waiting',
      help: 'Passwords that wait for their turn to be hashed',
      registers: [],
      collect() {
        this.set(gauges.hashesWaiting())
      },
    }),
  )

  const of = (kind: keyof typeof known, name: string | undefined): string =>
    name !== undefined && known[kind].has(name) ? name : other

  return {
    async text() {
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
    serve({ levels, methods, clients }) {
      known = {
        levels: new Set(levels.acrValues),
        methods: new Set<string>(methods.keys()),
        clients: new Set(clients.map(({ id }) => id)),
      }
    },
    event(event) {
      const client = of('clients', event.clientId)
      switch (event.type) {
        case 'step_up_required':
          stepUpsAsked.inc({ level: of('levels', event.requirement.acrValues[0]), client })
          return
        case 'authenticated': {
          if (event.stepUp === undefined) return
          const level = of('levels', event.acr)
          const method = of('methods', event.stepUp.method)
          stepUpsCompleted.inc({ level, method, client })
          stepUpSeconds.observe({ level }, Math.max(0, event.at - event.stepUp.askedAt))
          return
        }
        case 'cancelled':
          if (event.requirement === undefined) return
          stepUpsFailed.inc({
            level: of('levels', event.requirement.acrValues[0]),
            reason: 'cancelled',
            client,
          })
          return
        case 'unmet':
          if (event.prompt !== 'step_up') return
          stepUpsFailed.inc({
            level: of('levels', event.requirement.acrValues[0]),
            reason: event.cause,
            client,
          })
          return
        case 'signed_in':
          logins.inc({ method: of('methods', event.method), client })
          return
        case 'proof_refused':
          refusedProofs.inc({ method: of('methods', event.method), reason: event.reason })
          return
        case 'method_locked':
          locks.inc({ method: of('methods', event.method) })
          return
        case 'tokens_issued':
          tokens.inc({ grant: event.grantType, client })
          return
        case 'tokens_refused':
          refusedTokens.inc({ error: event.error })
          return
        default:
      }
    },
    request({ method, route, status, seconds, shed }) {
      if (shed !== undefined) shedRequests.inc({ reason: shed })
      requests.observe(
        {
          method: namedMethods.has(method) ? method : other,
          route,
          status: status === undefined ? 'aborted' : `${Math.floor(status / 100)}xx`,
        },
        seconds,
      )
    },
    storeCall({ part, call, seconds, failed }) {
      store.observe({ part, call }, seconds)
      if (failed) storeFailures.inc({ part })
    },
    hashWaited(seconds) {
      hashWait.observe(seconds)
    },
    watch(live) {
      gauges = live
    },
  }
}
