import type { PolicyDocument } from '../policy-document.ts'
import { checkShape, mendKeys } from '../shape/check-shape.ts'
import { documentShape, enrolmentShape, sessionShape } from '../shape/document-shape.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { suggest } from '../suggestion.ts'
import { readBranding } from './branding-section.ts'
import { readClients } from './clients-section.ts'
import { compileLevelsSection, readLevels } from './levels-section.ts'
import { readLockout } from './lockout-section.ts'
import { readMail } from './mail-section.ts'
import { checkMethodCaps } from './method-caps.ts'
import { readMethods, settleMethods } from './methods-section.ts'
import { checkResetReach, readRecovery } from './recovery-section.ts'
import { readRegistration } from './registration-section.ts'
import { readRequirements } from './requirements-section.ts'
import { readResources } from './resources-section.ts'
import { compileRulesSection, readRules } from './rules-section.ts'
import { positiveSecondsOf, settingsOf } from './section.ts'
import { readSignUp, settleSignUp } from './sign-up-section.ts'
import { checkUpstreamMethods, readUpstreams } from './upstreams-section.ts'
import { issuerFault } from './uris.ts'

const keys = Object.keys(documentShape.shape)

/** Read every section, also after one has problems. Absent: there are some. */
export function readDocument(value: unknown, problems: ProblemList): PolicyDocument | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.add({
      code: 'not_a_mapping',
      path: [],
      message: 'the document is not a mapping of keys to values',
      mend: 'start with `issuer:` and `levels:`',
    })
    return undefined
  }
  const sections: Record<string, unknown> = { ...value }
  checkKeys(sections, problems)
  const issuer = readIssuer(sections.issuer, problems)
  const name = checkShape(documentShape.shape.name, sections.name, ['name'], problems)
  const language = checkShape(
    documentShape.shape.language,
    sections.language,
    ['language'],
    problems,
  )
  const branding = readBranding(sections.branding, problems)
  const stated = readLevels(sections.levels, problems)
  const upstreams = readUpstreams(sections.upstreams, issuer, problems)
  checkUpstreamMethods(stated, upstreams, problems)
  const methods = readMethods(sections.methods, upstreams, problems)
  const requirements = readRequirements(sections.requirements, stated, problems)
  const ruleDefinitions = readRules(sections.rules, requirements, problems)
  const resources = readResources(sections.resources, problems)
  const clients = readClients(sections.clients, stated, resources, problems)
  const settings = readSettings(sections, problems)
  const registration = readRegistration(sections.registration, stated, resources, problems)
  const mail = readMail(sections.mail, problems)
  const sendsMail = sections.mail !== undefined
  const statedSignUp = readSignUp(sections.signUp, sendsMail, problems)
  const recovery = readRecovery(sections.recovery, sendsMail, problems)
  // Compiled only when whole: a level that is refused would make others unknown.
  if (problems.count > 0) return undefined
  const levels = compileLevelsSection(stated, methods, problems)
  if (levels !== undefined) checkMethodCaps(stated, methods, levels, problems)
  const rules = compileRulesSection(ruleDefinitions, problems)
  const offered = settleMethods(methods, stated.definitions, upstreams)
  const signUp = settleSignUp(statedSignUp, offered, problems)
  checkResetReach(recovery, stated.definitions, offered, problems)
  if (levels === undefined || rules === undefined || problems.count > 0) return undefined
  return {
    issuer,
    ...(name !== undefined && { name }),
    ...(language !== undefined && { language }),
    ...(branding !== undefined && { branding }),
    levelsDefinition: {
      levels: stated.definitions,
      methods: Object.fromEntries(methods.lifetimes),
    },
    levels,
    requirements: requirements.requirements,
    rules,
    ruleDefinitions,
    methods: offered,
    resources,
    clients,
    upstreams,
    ...settings,
    ...(registration !== undefined && { registration }),
    ...(mail !== undefined && { mail }),
    ...(signUp !== undefined && { signUp }),
    recovery,
  }
}

function checkKeys(sections: Record<string, unknown>, problems: ProblemList): void {
  const unknown = Object.keys(sections).filter((key) => !keys.includes(key))
  for (const key of unknown) {
    problems.add({
      code: 'unknown_key',
      path: [key],
      at: 'key',
      message: `unknown key \`${key}\``,
      mend: suggest(key, keys, 'remove it'),
    })
  }
  mendKeys(sections, unknown, keys)
  for (const [key, mend] of [
    ['issuer', 'add the address of the provider, such as `issuer: https://id.example.com`'],
    ['levels', 'add a level, such as `levels: { basic: { accepts: [password], lifetime: 12h } }`'],
  ] as const) {
    if (sections[key] !== undefined) continue
    problems.add({ code: 'missing_key', path: [key], message: `\`${key}\` is missing`, mend })
  }
}

function readIssuer(value: unknown, problems: ProblemList): string {
  if (value === undefined) return ''
  const issuer = checkShape(documentShape.shape.issuer, value, ['issuer'], problems)
  if (issuer === undefined) return ''
  const fault = issuerFault(issuer)
  if (fault) problems.add({ code: 'invalid_issuer', path: ['issuer'], ...fault })
  return issuer
}

function readSettings(
  sections: Record<string, unknown>,
  problems: ProblemList,
): Pick<PolicyDocument, 'session' | 'enrolment' | 'lockout'> {
  const session = settingsOf(sessionShape, sections.session, ['session'], problems)
  const enrolment = settingsOf(enrolmentShape, sections.enrolment, ['enrolment'], problems)
  return {
    session: {
      lifetimeSeconds: positiveSecondsOf(
        session.lifetime,
        ['session', 'lifetime'],
        problems,
        12 * 3600,
      ),
    },
    enrolment: {
      duringStepUp: enrolment.duringStepUp ?? true,
      satisfiesPendingStepUp: enrolment.satisfiesPendingStepUp ?? false,
    },
    lockout: readLockout(sections.lockout, problems),
  }
}
