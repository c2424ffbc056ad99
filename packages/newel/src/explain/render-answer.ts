import { describeSeconds } from '@newel/policy'
import type { ExplanationStep, Plan, Requirement, RuleMatch } from '@newel/policy'
import type { Answer } from './answer.ts'

/** For people: the rule, the requirement, the reasoning, the ways to meet it. */
export function renderAnswer({ match, judged }: Answer): string {
  const lines = match ? [matchLine(match)] : []
  if (judged) {
    const { requirement, explanation, plans } = judged
    lines.push(
      requirementLine(requirement),
      '',
      ...explanation.steps.map(stepLine),
      ...planLines(plans),
    )
  }
  return lines.join('\n')
}

/** For scripts. Times are seconds since 1970. */
export function answerToJson({ match, judged }: Answer): object {
  return {
    ...(match && { match: matchToJson(match) }),
    ...(judged && {
      requirement: judged.requirement,
      decision: judged.explanation.decision,
      steps: judged.explanation.steps,
      plans: judged.plans,
    }),
  }
}

function matchLine(match: RuleMatch): string {
  switch (match.kind) {
    case 'matched':
      return `${ruleName(match)} matches${match.rule.require === 'none' ? ': no step-up is asked' : ''}`
    case 'unmatched':
      return 'no rule matches: no step-up is asked'
    case 'ambiguous':
      return `refused: ${match.message}`
    case 'undecidable':
      return `refused: ${ruleName(match)} cannot be decided: ${causeText(match.cause)}`
    default:
      return match satisfies never
  }
}

function matchToJson(match: RuleMatch): object {
  switch (match.kind) {
    case 'unmatched':
    case 'ambiguous':
      return match
    case 'matched':
    case 'undecidable': {
      const { kind, index, rule } = match
      return {
        kind,
        index,
        path: rule.path,
        ...(rule.name !== undefined && { name: rule.name }),
        ...(kind === 'undecidable' && { message: causeText(match.cause) }),
      }
    }
    default:
      return match satisfies never
  }
}

function ruleName({ index, rule }: Extract<RuleMatch, { index: number }>): string {
  const methods = rule.methods ? `${rule.methods.join(', ')} ` : ''
  // Counted as the findings of `newel check` count.
  return `rule ${index + 1}${rule.name === undefined ? '' : ` \`${rule.name}\``} (${methods}${rule.path})`
}

function causeText(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function requirementLine({ name, acrValues, maxAgeSeconds, transaction }: Requirement): string {
  const levels = acrValues.map((acr) => `\`${acr}\``).join(' or ')
  const parts = [
    levels === '' ? 'any level' : levels,
    ...(maxAgeSeconds === undefined ? [] : [ageText(maxAgeSeconds)]),
    ...(transaction ? ['bound to the exact action'] : []),
  ]
  return `requires${name === undefined ? '' : ` \`${name}\`:`} ${parts.join(', ')}`
}

function ageText(seconds: number): string {
  return seconds === 0
    ? 'proved for this very request'
    : `proved at most ${describeSeconds(seconds)} ago`
}

function stepLine({ depth, outcome, text }: ExplanationStep): string {
  return `${outcome.padEnd(6)}${'  '.repeat(depth)}${text}`
}

function planLines(plans: readonly Plan[]): readonly string[] {
  if (plans.some(({ methods }) => methods.length === 0)) return []
  if (plans.length === 0) return ['', 'to meet it: no authenticator at hand can']
  return [
    '',
    ...plans.map(({ acr, methods }, index) => {
      const lead = index === 0 ? 'to meet it: ' : '        or: '
      return `${lead}${methods.join(' + ')} (\`${acr}\`)`
    }),
  ]
}
