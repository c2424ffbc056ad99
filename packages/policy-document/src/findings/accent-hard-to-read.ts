import { contrastRatio, pageGrounds } from '../contrast.ts'
import type { PolicyDocument } from '../policy-document.ts'
import type { Discovery } from './discovery.ts'

/** WCAG 2.2 §1.4.3: the least contrast of text with what stands behind it. */
const readableContrast = 4.5

/** Links are written in the accent: in either theme, people have to be able to read them. */
export function findAccentsHardToRead({ branding }: PolicyDocument): readonly Discovery[] {
  const { colours } = branding ?? {}
  if (colours === undefined) return []
  return (['light', 'dark'] as const).flatMap((theme): readonly Discovery[] => {
    const accent = theme === 'light' ? colours.accent : colours.accentDark
    const worst = Math.min(...pageGrounds[theme].map((ground) => contrastRatio(accent, ground)))
    if (worst >= readableContrast) return []
    // Cut and not rounded: 4.49 is not 4.5.
    const shown = Math.floor(worst * 10) / 10
    return [
      {
        severity: 'warning',
        code: 'accent_hard_to_read',
        path: ['branding', 'colours', theme === 'light' ? 'accent' : 'accentDark'],
        message: `\`${accent}\` has a contrast of ${shown}:1 in the ${theme} theme, and ${readableContrast}:1 is readable (WCAG 2.2 §1.4.3)`,
        mend:
          theme === 'light'
            ? 'write a darker `accent`'
            : 'write a lighter `accentDark`; without it, `accent` is used',
      },
    ]
  })
}
