// The fields of a Responses request that name other models, or objects in the vendor's account. Item
// references are resolved earlier (state/expand.ts).

import type { ReferenceTable } from '../../../wire/references.ts'

const tools = ['tools', 'input[]{additional_tools}.tools', 'input[]{tool_search_output}.tools'].flatMap(
  (path) => [path, `${path}[]{namespace}.tools`],
)

export const references: ReferenceTable = {
  opaque: new Set([
    ...tools.flatMap((path) => [
      `${path}[]{function}.parameters`,
      `${path}[]{custom}.format`,
      `${path}[]{mcp}.headers`,
    ]),
    'text',
    'metadata',
    // Codex
    'client_metadata',
    // tools and results of remote servers, and citations, copied from earlier responses
    'input[]{mcp_list_tools}.tools',
    'input[]{mcp_call}.output',
    'input[]{file_search_call}.results',
    'input[].content[].annotations',
  ]),
  conversation: new Set(['input']),
  toolsInside: new Set(['input[].tools']),
  localIds: new Set([
    'call_id',
    'caller_id',
    'approval_request_id',
    'connector_id',
    'stream_id',
    'item_id',
    'user_id',
  ]),
  state: {
    'prompt.id': { what: 'a stored prompt' },
    'tools[]{code_interpreter}.container': { what: 'a container' },
    'tools[].container': { what: 'a container' },
    conversation: { what: 'a conversation' },
  },
}
