// May a model call be sent again after a failure? Generating twice only costs twice, unless the vendor acts
// on other systems during the call: through MCP servers and connectors that the request names. Tools in the
// vendor's own sandbox (code, files of its container, searches) change nothing outside of the call
// (docs/decisions/010-repeats.md).

import { elements, members, stringAt, type JsonDocument, type JsonSpan } from '../../../kit/json-spans.ts'

const acting = /^(?:mcp|connector|plugin)/i

export function repeatOf(document: JsonDocument): 'any' | 'unsent' {
  return actsOutside(document, document.members) ||
    itemsOf(document, document.members.get('input')).some((item) => bringsActing(document, item))
    ? 'unsent'
    : 'any'
}

/** Conversations may contain tools, too (`input[].tools`). */
function bringsActing(document: JsonDocument, item: JsonSpan): boolean {
  return item.kind === 'object' && actsOutside(document, members(document, item))
}

function actsOutside(document: JsonDocument, fields: ReadonlyMap<string, JsonSpan>): boolean {
  for (const name of fields.keys()) if (acting.test(name)) return true
  return itemsOf(document, fields.get('tools')).some((tool) => isActing(document, tool))
}

/**
 * Detected by its type (`mcp`, `mcp_toolset`), or by its only member, as Gemini writes tools (`mcpServers`).
 * Namespaces may contain tools, too.
 */
function isActing(document: JsonDocument, tool: JsonSpan): boolean {
  if (tool.kind !== 'object') return false
  const fields = members(document, tool)
  const type = fields.get('type')
  if (type?.kind === 'string' && acting.test(stringAt(document, type))) return true
  return actsOutside(document, fields)
}

const itemsOf = (document: JsonDocument, list: JsonSpan | undefined): JsonSpan[] =>
  list?.kind === 'array' ? elements(document, list) : []
