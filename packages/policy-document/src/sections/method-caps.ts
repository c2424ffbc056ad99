import type { LevelDefinition, Levels } from '@newel/policy'
import type { ProblemList } from '../source/problem-list.ts'
import { suggest } from '../suggestion.ts'
import type { LevelsSection } from './levels-section.ts'
import type { MethodsSection } from './methods-section.ts'

/** Classes that promise resistance to phishing (OpenID EAP ACR Values 1.0 §2). */
const phishingResistant = new Set(['phr', 'phrh'])

/** Methods whose proof is a code that can be told to anybody. */
const toldCodes = ['recovery-code', 'email-code']

/** A level must not accept a method that is capped below it, nor promise what a code that can be passed on cannot keep. */
export function checkMethodCaps(
  { definitions, names }: LevelsSection,
  methods: MethodsSection,
  levels: Levels,
  problems: ProblemList,
): void {
  for (const [method, { highest }] of methods.stated) {
    if (highest === undefined) continue
    const cap = definitions.find(({ name }) => name === highest)
    if (cap === undefined) {
      problems.add({
        code: 'undeclared_level',
        path: ['methods', method, 'highest'],
        message: `no level \`${highest}\` is declared`,
        mend: suggest(highest, names, 'declare it under `levels`'),
      })
      continue
    }
    for (const [level, place] of accepting(definitions, method)) {
      if (levels.satisfies(acrOf(cap), acrOf(level))) continue
      problems.add({
        code: 'method_above_cap',
        path: place,
        message: `\`${method}\` reaches \`${level.name}\`, which is above its highest level \`${highest}\``,
        mend: `remove the alternative, or raise \`methods.${method}.highest\``,
      })
    }
  }
  for (const method of toldCodes) {
    for (const [level, place] of accepting(definitions, method)) {
      if (!phishingResistant.has(acrOf(level))) continue
      problems.add({
        code: 'not_phishing_resistant',
        path: place,
        message: `\`${method}\` can be phished, and \`${level.name}\` promises \`${acrOf(level)}\``,
        mend: 'remove the alternative, or give the level another `acr`',
      })
    }
  }
}

/** The alternatives that take the method, and where they stand. */
function accepting(
  definitions: readonly LevelDefinition[],
  method: string,
): readonly (readonly [LevelDefinition, readonly (string | number)[]])[] {
  return definitions.flatMap((level) =>
    level.accepts.flatMap((alternative, index) =>
      alternative.some((accepted) => accepted === method || accepted.startsWith(`${method}:`))
        ? [[level, ['levels', level.name, 'accepts', index]] as const]
        : [],
    ),
  )
}

function acrOf({ acr, name }: LevelDefinition): string {
  return acr ?? name
}
