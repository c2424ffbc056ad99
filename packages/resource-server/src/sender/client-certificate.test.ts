import { describe, expect, test } from 'vitest'
import { createCertificate } from '../../test/certificate.ts'
import { certificateFromHeader } from './client-certificate.ts'
import type { CertificateForm } from './client-certificate.ts'

const certificate = createCertificate()
const pem = certificate.pem.cert
const base64 = certificate.der.toString('base64')

function read(form: CertificateForm, value: string | readonly string[] | undefined): unknown {
  const readCertificate = certificateFromHeader('X-Client-Cert', form)
  const bytes = readCertificate({
    header: (name) => (name === 'x-client-cert' ? value : undefined),
    native: undefined,
  })
  return bytes && Buffer.from(bytes).toString('base64')
}

describe('a certificate in a header', () => {
  test.each([
    ['as a byte sequence (RFC 9440 §2.2)', 'rfc9440', `:${base64}:`],
    ['in the escaped PEM of nginx', 'pem', encodeURIComponent(pem)],
    ['in PEM with spaces for line ends', 'pem', pem.replaceAll('\n', ' ')],
    ['in base64 alone', 'base64', base64],
    ['in a list of one', 'base64', [base64]],
  ] as const)('is read %s', (_title, form, value) => {
    expect(read(form, value)).toBe(base64)
  })

  test.each([
    ['that is absent', 'rfc9440', undefined],
    ['that is empty', 'base64', ''],
    ['that is repeated', 'base64', [base64, base64]],
    ['that is repeated and joined', 'rfc9440', `:${base64}:, :${base64}:`],
    ['without its colons', 'rfc9440', base64],
    ['of base64url', 'base64', '-_-_'],
    ['of a cut base64', 'base64', base64.slice(0, -1)],
    ['with two certificates', 'pem', encodeURIComponent(pem + pem)],
    ['with a broken escape', 'pem', `${encodeURIComponent(pem)}%`],
    ['with a key instead', 'pem', encodeURIComponent(pem.replaceAll('CERTIFICATE', 'PRIVATE KEY'))],
    ['longer than any', 'base64', 'A'.repeat(16_388)],
  ] as const)('is none %s', (_title, form, value) => {
    expect(read(form, value)).toBeUndefined()
  })
})
