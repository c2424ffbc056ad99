/** What stands behind accent-coloured text on the pages, by theme; the sheet of the pages has the same. */
export const pageGrounds = {
  light: ['#f5f6f3', '#ffffff'],
  dark: ['#121614', '#1a1f1c'],
} as const

/** WCAG 2.2, contrast ratio of two colours of the form `#rrggbb`: from 1 to 21, whichever comes first. */
export function contrastRatio(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
  return (lighter + 0.05) / (darker + 0.05)
}

/** WCAG 2.2, relative luminance: 0 for black, 1 for white. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
