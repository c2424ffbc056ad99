/** Steps from the root of the document: keys and positions. */
export type Path = readonly (string | number)[]

/** `levels.mfa.accepts[1]` */
export function renderPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      return index === 0 ? step : `.${step}`
    })
    .join('')
}
