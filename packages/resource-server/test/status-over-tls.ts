import { request } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import type { ClientCertificate } from './certificate.ts'

/** What a TLS server is given that asks for a certificate and takes any. */
export function askingForCertificate({ pem }: ClientCertificate) {
  return { ...pem, requestCert: true, rejectUnauthorized: false }
}

/** How a call of `/` ends whose connection presents this certificate, or none. */
export async function statusOverTls(
  server: Server,
  token: string,
  certificate?: ClientCertificate,
): Promise<number | undefined> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const call = request({
      host: '127.0.0.1',
      port,
      headers: { authorization: `Bearer ${token}` },
      rejectUnauthorized: false,
      agent: false,
      ...certificate?.pem,
    })
    call.on('error', reject)
    call.on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    call.end()
  })
}
