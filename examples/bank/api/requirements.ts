import type { PolicyDocument } from '@newel/policy-document'
import type { RequirementDeclaration } from '@newel/resource-server'

const names = [
  'show-card-number',
  'change-payment-details',
  'admin-dashboard',
  'approve-large-transfer',
] as const

export type RequirementName = (typeof names)[number]

export type BankRequirements = Readonly<Record<RequirementName, RequirementDeclaration>>

/** What the bank's actions ask, by the names that they have in `newel.yaml`. */
export function requirementsOf({ requirements }: PolicyDocument): BankRequirements {
  const declare = (name: RequirementName): RequirementDeclaration => {
    const requirement = requirements.get(name)
    if (!requirement) throw new Error(`\`newel.yaml\` states no requirement \`${name}\``)
    const { acrValues, maxAgeSeconds } = requirement
    return {
      name,
      acr: acrValues,
      ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
    }
  }
  return {
    'show-card-number': declare('show-card-number'),
    'change-payment-details': declare('change-payment-details'),
    'admin-dashboard': declare('admin-dashboard'),
    'approve-large-transfer': declare('approve-large-transfer'),
  }
}
