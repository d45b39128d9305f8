// The tools that a caller offers: their names for policies, their definitions for guards (a description is
// text that the model obeys).

import type { JsonSpan } from '../../../../../kit/json-spans.ts'
import { arrayOf, objectFields, optional, optionalString } from '../../../../wire/field.ts'
import type { Slot } from '../../../../wire/slot.ts'
import type { ChatView } from './view.ts'

interface OfferedTool {
  name: string | undefined
  description: JsonSpan | undefined
  path: string
  isServerSide: boolean
  isFreeText?: boolean
}

export function toolNames(view: ChatView): string[] {
  return offeredTools(view).flatMap(({ name }) => (name === undefined ? [] : [name]))
}

/** Does the caller offer tools that the provider runs itself, at a price? */
export function hasServerTools(view: ChatView): boolean {
  return offeredTools(view).some(({ isServerSide }) => isServerSide)
}

/** The number of free-text tools. */
export function customTools(view: ChatView): number {
  return offeredTools(view).filter(({ isFreeText }) => isFreeText).length
}

export function toolSlots(view: ChatView): Slot[] {
  return offeredTools(view).flatMap(({ description, path }) =>
    description ? [{ channel: path, kind: 'tool-definition', escaping: 'none', spans: [description] }] : [],
  )
}

/** `tools` (functions, custom tools, and whatever a vendor adds) and the older `functions`. */
function offeredTools(view: ChatView): OfferedTool[] {
  const { document } = view
  const tools = arrayOf(document, document.members, 'tools').map(({ span, path }, index) => {
    const fields = objectFields(document, span, path)
    const type = optionalString(document, fields, 'type', `${path}.type`) ?? 'function'
    const inner = optional(fields, type, 'object', `${path}.${type}`)
    if (inner && (type === 'function' || type === 'custom'))
      return { ...readTool(view, inner, `${path}.${type}`, `tools/${index}`), isFreeText: type === 'custom' }
    // The type of a server-side tool is its only name: `{"type":"web_search"}`, at Zhipu
    // `{"type":"web_search","web_search":{…}}`.
    return {
      name: optionalString(document, fields, 'name', `${path}.name`) ?? type,
      description: undefined,
      path: `tools/${index}`,
      isServerSide: true,
    }
  })
  const functions = arrayOf(document, document.members, 'functions').map(({ span, path }, index) =>
    readTool(view, span, path, `functions/${index}`),
  )
  return [...tools, ...functions]
}

function readTool(view: ChatView, span: JsonSpan, path: string, channel: string): OfferedTool {
  const fields = objectFields(view.document, span, path)
  return {
    name: optionalString(view.document, fields, 'name', `${path}.name`),
    description: optional(fields, 'description', 'string', `${path}.description`),
    path: channel,
    isServerSide: false,
  }
}
