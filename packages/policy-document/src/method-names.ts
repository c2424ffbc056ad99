/** Every method that a document may name. */
export const methodNames = [
  'password',
  'totp',
  'passkey',
  'security-key',
  'recovery-code',
  'email-code',
  'federated',
] as const

export type MethodName = (typeof methodNames)[number]

export function isMethodName(text: string): text is MethodName {
  return methodNames.some((name) => name === text)
}
