/** The members of the JSON object in one part of a JWT. None where there is no such object. */
export function jwtPart(part = ''): Readonly<Record<string, unknown>> {
  try {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0))
    return { ...(JSON.parse(new TextDecoder().decode(bytes)) as object) }
  } catch {
    return {}
  }
}
