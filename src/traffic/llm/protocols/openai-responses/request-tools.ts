// The tools that a caller offers: their names for policies, their definitions for guards (a description is text that the model obeys).

import { arrayOf, objectFields, optional, optionalString } from '../../wire/field.ts'
import type { Slot } from '../../wire/slot.ts'
import type { ResponsesView } from './view.ts'

/** The caller runs these itself, or they cost nothing but tokens. */
const freeOfFees = new Set(['function', 'custom', 'local_shell', 'apply_patch', 'shell', 'namespace', 'tool_search'])

export function toolNames({ document }: ResponsesView): string[] {
  return arrayOf(document, document.members, 'tools').map(({ span, path }) => {
    const fields = objectFields(document, span, path)
    // The vendor's own tools have no name but their type.
    return optionalString(document, fields, 'name', `${path}.name`) ?? optionalString(document, fields, 'type', `${path}.type`) ?? 'function'
  })
}

/** Does the caller offer tools that the provider runs itself, at a price? */
export function hasServerTools({ document }: ResponsesView): boolean {
  return arrayOf(document, document.members, 'tools').some(({ span, path }) => {
    const type = optionalString(document, objectFields(document, span, path), 'type', `${path}.type`) ?? 'function'
    return !freeOfFees.has(type)
  })
}

export function toolSlots({ document }: ResponsesView): Slot[] {
  return arrayOf(document, document.members, 'tools').flatMap(({ span, path }, index): Slot[] => {
    const description = optional(objectFields(document, span, path), 'description', 'string', `${path}.description`)
    return description ? [{ channel: `tools/${index}`, kind: 'tool-definition', escaping: 'none', spans: [description] }] : []
  })
}
