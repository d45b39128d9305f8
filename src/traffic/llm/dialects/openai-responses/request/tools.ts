// The tools that a caller offers: their names for policies, their definitions for guards (a description is
// text that the model obeys). They are in `tools`, in its namespaces, and in input items that define more
// tools.

import { elements } from '../../../../../kit/json-spans.ts'
import { arrayOf, objectFields, optional, optionalString } from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import type { Slot } from '../../../../wire/slot.ts'
import type { ResponsesView } from './view.ts'

/** The caller runs these tools itself, or they cost only tokens. */
const freeOfFees = new Set([
  'function',
  'custom',
  'local_shell',
  'apply_patch',
  'shell',
  'namespace',
  'tool_search',
])

interface OfferedTool {
  fields: Fields
  path: string
}

/** The type of a vendor's own tool is its only name. */
export function toolNames(view: ResponsesView): string[] {
  return offeredTools(view).map(
    ({ fields, path }) =>
      optionalString(view.document, fields, 'name', `${path}.name`) ??
      optionalString(view.document, fields, 'type', `${path}.type`) ??
      'function',
  )
}

export const hasTools = (view: ResponsesView): boolean =>
  view.document.members.has('tools') || bringsTools(view)

/** Does the caller offer tools that the provider runs itself, at a price? */
export function hasServerTools(view: ResponsesView): boolean {
  return offeredTools(view).some(({ fields, path }) => {
    const type = optionalString(view.document, fields, 'type', `${path}.type`) ?? 'function'
    return !freeOfFees.has(type)
  })
}

/**
 * The number of tools that have another shape or name at a target of another dialect: free-text tools, and
 * tools that namespaces or items define.
 */
export function reshapedTools(view: ResponsesView): number {
  return offeredTools(view).filter(
    ({ fields, path }) =>
      !/^tools\[\d+\]$/.test(path) ||
      optionalString(view.document, fields, 'type', `${path}.type`) === 'custom',
  ).length
}

/** Only those in `tools`. Tools that items define are read with the items. */
export function toolSlots({ document }: ResponsesView): Slot[] {
  return arrayOf(document, document.members, 'tools').flatMap(({ span, path }, index): Slot[] => {
    const description = optional(
      objectFields(document, span, path),
      'description',
      'string',
      `${path}.description`,
    )
    return description
      ? [{ channel: `tools/${index}`, kind: 'tool-definition', escaping: 'none', spans: [description] }]
      : []
  })
}

function offeredTools(view: ResponsesView): OfferedTool[] {
  const { document } = view
  const offered = toolsOf(view, document.members, 'tools')
  if (!bringsTools(view)) return offered
  const input = document.members.get('input')
  const items = input?.kind === 'array' ? elements(document, input) : []
  for (const [index, item] of items.entries()) {
    if (item.kind !== 'object') continue
    const path = `input[${index}]`
    const fields = objectFields(document, item, path)
    const type = fields.get('type')?.kind === 'string' ? optionalString(document, fields, 'type') : undefined
    if (type !== undefined && bringing.has(type)) offered.push(...toolsOf(view, fields, `${path}.tools`))
  }
  return offered
}

const bringing = new Set(['additional_tools', 'tool_search_output'])

/** The name may be written with escapes. */
const bringsTools = ({ document: { latin1 } }: ResponsesView): boolean =>
  latin1.includes('"additional_tools"') || latin1.includes('"tool_search_output"') || latin1.includes('\\u')

function toolsOf(view: ResponsesView, holder: Fields, path: string): OfferedTool[] {
  return arrayOf(view.document, holder, 'tools', path).flatMap(({ span, path: at }) => {
    const fields = objectFields(view.document, span, at)
    return fields.has('tools')
      ? [{ fields, path: at }, ...toolsOf(view, fields, `${at}.tools`)]
      : [{ fields, path: at }]
  })
}
