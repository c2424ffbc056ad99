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
    // A batch does everything that is in it, so it needs everything that they need.
    const all = [...new Set(message.map(requirementOf))].filter((each) => each !== undefined)
    return all.length > 1 ? { allOf: all } : all[0]
  }
}

/** The tool of a JSON-RPC `tools/call`. What has another form is the transport's to refuse. */
function calledTool(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const { method, params } = message as { method?: unknown; params?: unknown }
  if (method !== 'tools/call' || typeof params !== 'object' || params === null) return undefined
  const { name } = params as { name?: unknown }
  return typeof name === 'string' ? name : undefined
}
