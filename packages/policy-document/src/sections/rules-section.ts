import {
  PolicyError,
  type RuleDefinition,
  type Rules,
  compilePathPattern,
  compileRules,
} from '@newel/policy'
import { compileCondition } from '../conditions/condition.ts'
import { checkShape } from '../shape/check-shape.ts'
import { ruleShape } from '../shape/rule-shape.ts'
import type { Path } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { suggest } from '../suggestion.ts'
import { type RequirementsSection, noRequirement } from './requirements-section.ts'
import { itemsOf } from './section.ts'

/** RFC 9110 §9, RFC 5789. A typing error here would leave a rule that never matches. */
const httpMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']

export function readRules(
  value: unknown,
  requirements: RequirementsSection,
  problems: ProblemList,
): readonly RuleDefinition[] {
  return itemsOf(value, ['rules'], problems).flatMap(([item, path]) => {
    const rule = checkShape(ruleShape, item, path, problems)
    if (rule === undefined) return []
    const { methods, host, path: pattern } = rule.match
    const match = [...path, 'match']
    for (const [index, method] of (methods ?? []).entries()) {
      checkHttpMethod(method, [...match, 'methods', index], problems)
    }
    if (host !== undefined) checkHost(host, [...match, 'host'], problems)
    checkPattern(pattern, [...match, 'path'], problems)
    const when =
      rule.when === undefined ? undefined : readCondition(rule.when, [...path, 'when'], problems)
    return [
      {
        ...(rule.name !== undefined && { name: rule.name }),
        ...(methods && { methods: methods.map((method) => method.toUpperCase()) }),
        ...(host !== undefined && { host: host.toLowerCase() }),
        path: pattern,
        ...(when && { when }),
        require: findRequirement(rule.require, requirements, [...path, 'require'], problems),
      },
    ]
  })
}

/** Absent: `problems` says why. */
export function compileRulesSection(
  definitions: readonly RuleDefinition[],
  problems: ProblemList,
): Rules | undefined {
  try {
    return compileRules(definitions)
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    problems.add({
      code: error.code,
      path: ['rules'],
      message: error.message,
      mend: 'change the path of the rule',
    })
    return undefined
  }
}

function findRequirement(
  name: string,
  { requirements, names }: RequirementsSection,
  path: Path,
  problems: ProblemList,
): RuleDefinition['require'] {
  if (name === noRequirement) return 'none'
  if (!names.includes(name)) {
    problems.add({
      code: 'undeclared_requirement',
      path,
      message: `no requirement \`${name}\` is declared`,
      mend: suggest(name, [...names, noRequirement], ''),
    })
  }
  // A requirement that was refused has its own problem; nobody will see this stand-in.
  return requirements.get(name) ?? { name, acrValues: [] }
}

function readCondition(text: string, path: Path, problems: ProblemList): RuleDefinition['when'] {
  const result = compileCondition(text)
  if (result.ok) return result.condition
  const { code, message, mend, offset } = result
  problems.add({ code, path, offset, message, mend })
  return undefined
}

function checkHttpMethod(method: string, path: Path, problems: ProblemList): void {
  if (httpMethods.includes(method.toUpperCase())) return
  problems.add({
    code: 'unknown_http_method',
    path,
    message: `\`${method}\` is no HTTP method`,
    mend: suggest(method, httpMethods, ''),
  })
}

function checkHost(host: string, path: Path, problems: ProblemList): void {
  if (
    /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$|^\[[0-9a-f:.]+\]$/i.test(
      host,
    )
  )
    return
  problems.add({
    code: 'invalid_host',
    path,
    message: `\`${host}\` is no host name`,
    mend: 'write the name alone, without scheme, port, path or `*`, such as `api.example.com`',
  })
}

function checkPattern(pattern: string, path: Path, problems: ProblemList): void {
  const result = compilePathPattern(pattern)
  if (result.ok) return
  problems.add({
    code: 'invalid_pattern',
    path,
    message: result.message,
    mend: 'write a path such as `/admin/**`, `/accounts/*` or `/accounts/:id`',
  })
}
