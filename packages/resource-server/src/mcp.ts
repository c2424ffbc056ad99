import { ResourceServerError } from './errors.ts'
import type { RequirementDeclaration } from './requirement.ts'

/**
 * What a message to an MCP server requires, by the tool that it calls. For `api.require(…)` in front of the Streamable HTTP
 * transport: there a refusal is an HTTP answer, so that the client finds the step-up challenge (RFC 9470) beside what the
 * MCP specification says of missing scopes. Other messages, and tools that are not listed, need what `otherwise` says.
 *
 * @param tools By name of the tool.
 * @param otherwise Default: a valid token.
 */
export function requirementOfTools(
  tools: Readonly<Record<string, RequirementDeclaration>>,
  otherwise?: RequirementDeclaration,
): (message: unknown) => RequirementDeclaration | undefined {
  const byTool = new Map(Object.entries(tools))
  const requirementOf = (message: unknown): RequirementDeclaration | undefined => {
    const tool = calledTool(message)
    return (tool === undefined ? undefined : byTool.get(tool)) ?? otherwise
  }
  return (message) => {
    if (!Array.isArray(message)) return requirementOf(message)
    const required = message.map(requirementOf).filter((each) => each !== undefined)
    if (required.filter(asksProofForThisCall).length > 1) {
      throw new ResourceServerError(
        'invalid_requirement',
        'a batch with several calls that each need a proof of their own',
      )
    }
    // A batch does everything that is in it, so it needs everything that they need; a report alone stops nothing.
    const all = [...new Set(required)]
    const counting = all.filter(({ reportOnly }) => reportOnly !== true)
    return counting.length > 1 ? { allOf: counting } : (counting[0] ?? all[0])
  }
}

/** One proof is good for one call, and a batch is judged as one. */
function asksProofForThisCall(declaration: RequirementDeclaration): boolean {
  if ('allOf' in declaration) return declaration.allOf.some(asksProofForThisCall)
  if ('anyOf' in declaration) return declaration.anyOf.some(asksProofForThisCall)
  return /^0[smhd]?$/.test(String(declaration.maxAge))
}

/** The tool of a JSON-RPC `tools/call`. What has another form is the transport's to refuse. */
function calledTool(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const { method, params } = message as { method?: unknown; params?: unknown }
  if (method !== 'tools/call' || typeof params !== 'object' || params === null) return undefined
  const { name } = params as { name?: unknown }
  return typeof name === 'string' ? name : undefined
}
