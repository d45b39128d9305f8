// The tools that a caller offers: their names for policies, their descriptions for guards (a description is
// text that the model obeys).

import type { JsonSpan } from '../../../../../kit/json-spans.ts'
import { optional, optionalString } from '../../../../wire/field.ts'
import { channelOf } from '../../../../wire/slot.ts'
import type { Slot } from '../../../../wire/slot.ts'
import { googleList } from '../google-fields.ts'
import type { GeminiView } from './view.ts'

interface OfferedTool {
  name: string | undefined
  description: JsonSpan | undefined
  path: string
  /** Tools that Google runs: search, code, URLs. */
  isServerSide: boolean
}

export function toolNames(view: GeminiView): string[] {
  return offeredTools(view).flatMap(({ name }) => (name === undefined ? [] : [name]))
}

export function hasServerTools(view: GeminiView): boolean {
  return offeredTools(view).some(({ isServerSide }) => isServerSide)
}

export function toolSlots(view: GeminiView): Slot[] {
  return offeredTools(view).flatMap(({ description, path }) =>
    description
      ? [{ channel: channelOf(path), kind: 'tool-definition', escaping: 'none', spans: [description] }]
      : [],
  )
}

function offeredTools({ document, fields, prefix }: GeminiView): OfferedTool[] {
  return googleList(document, fields, 'tools', `${prefix}tools`).flatMap((tool) => {
    const declared = googleList(
      document,
      tool.fields,
      'functionDeclarations',
      `${tool.path}.functionDeclarations`,
    ).map(
      ({ fields: members, path }): OfferedTool => ({
        name: optionalString(document, members, 'name', `${path}.name`),
        description: optional(members, 'description', 'string', `${path}.description`),
        path,
        isServerSide: false,
      }),
    )
    const native = [...tool.fields].flatMap(([name, { kind }]): OfferedTool[] =>
      name === 'functionDeclarations' || kind === 'null'
        ? []
        : [{ name, description: undefined, path: tool.path, isServerSide: true }],
    )
    return [...declared, ...native]
  })
}
