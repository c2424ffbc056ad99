import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Readiness, createProviderMetrics } from '@newel/identity-provider'
import { type OperationsServer, startOperationsServer } from './operations-server.ts'

describe('the operations server', () => {
  const metrics = createProviderMetrics({ nodeMetrics: false })
  let readiness: Readiness
  let server: OperationsServer
  beforeEach(async () => {
    readiness = { notReady: [] }
    server = await startOperationsServer({
      port: 0,
      host: '127.0.0.1',
      readiness: async () => readiness,
      metrics,
    })
  })
  afterEach(async () => server.close())

  const ask = async (path: string, method = 'GET'): Promise<Response> =>
    fetch(`${server.address}${path}`, { method })

  it('says that the process lives, whatever is missing', async () => {
    readiness = { notReady: ['store'] }
    expect((await ask('/health/live')).status).toBe(200)
  })

  it('says whether requests may be sent to the node, and what is missing', async () => {
    expect((await ask('/health/ready')).status).toBe(200)
    readiness = { notReady: ['stopping', 'store'] }
    const refused = await ask('/health/ready')
    expect([refused.status, await refused.json()]).toEqual([
      503,
      { status: 'not ready', because: ['stopping', 'store'] },
    ])
  })

  it('tells the metrics as Prometheus reads them', async () => {
    metrics.hashWaited(0.02)
    const told = await ask('/metrics')
    expect(told.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(await told.text()).toContain('newel_hash_wait_seconds_count 1')
  })

  it('says so where its port is taken', async () => {
    const { port } = new URL(server.address)
    const refused = startOperationsServer({
      port: Number(port),
      host: '127.0.0.1',
      readiness: async () => readiness,
      metrics,
    })
    await expect(refused).rejects.toMatchObject({ code: 'operations_unavailable' })
  })

  it('has nothing else to show', async () => {
    expect([(await ask('/')).status, (await ask('/health/ready', 'POST')).status]).toEqual([
      404, 405,
    ])
  })
})
