import type { PolicyDocument } from '../policy-document.ts'
import type { Discovery } from './discovery.ts'
import { isOffered } from './reach.ts'

/** A level that counts on codes by mail, in a document by which the provider sends none: they are not offered then. */
export function findCodesWithoutMail(document: PolicyDocument): readonly Discovery[] {
  if (document.mail !== undefined || !isOffered(document, 'email-code')) return []
  return document.levels.all.flatMap((level) =>
    level.accepts.flatMap(({ methods }, index) =>
      methods.includes('email-code')
        ? [
            {
              severity: 'warning' as const,
              code: 'code_without_mail',
              path: ['levels', level.name, 'accepts', index],
              message: `the level \`${level.name}\` accepts \`email-code\`, and the provider sends no mail`,
              mend: 'add `mail`, or remove the alternative',
            },
          ]
        : [],
    ),
  )
}
