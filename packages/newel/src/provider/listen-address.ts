/** Where TLS ends in front of the provider, the port of the issuer is not the provider's. */
const portBehindProxy = 4000

/** The port that the issuer's address names; 80 for plain HTTP without one, 4000 for HTTPS without one. */
export function portOf(issuer: string): number {
  const { port, protocol } = new URL(issuer)
  if (port !== '') return Number(port)
  return protocol === 'http:' ? 80 : portBehindProxy
}

/** As a browser on this machine would reach it. */
export function addressOf(port: number, host: string): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
