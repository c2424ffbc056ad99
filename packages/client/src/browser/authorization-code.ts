import { unusable } from '../errors.ts'
import { refusal } from './refusal.ts'
import type { ServerMetadata } from './server-metadata.ts'

/**
 * The code of an answer to the request with this `state`, from this issuer and no other (RFC 6749 §4.1.2, RFC 9207).
 *
 * @throws ClientError `response_invalid`; or what the provider's `error` comes to
 */
export function authorizationCode(
  answer: URLSearchParams,
  { issuer, authorization_response_iss_parameter_supported: sendsIssuer }: ServerMetadata,
  state: string,
): string {
  // RFC 6749 §3.1: no parameter twice, since readers would disagree on which counts.
  const repeated = new Set(answer.keys()).size !== answer.size
  const sender = answer.get('iss') ?? (sendsIssuer === true ? undefined : issuer)
  if (repeated || sender !== issuer || answer.get('state') !== state) {
    throw unusable('answer: not to this request')
  }
  const error = answer.get('error')
  if (error) throw refusal(error)
  const code = answer.get('code')
  if (code) return code
  throw unusable('answer: no `code`')
}
