// Tools that the caller offers. https://docs.claude.com/en/docs/agents-and-tools/tool-use/overview

import type { JsonSpan } from '../../../../../kit/json-spans.ts'
import { arrayOf, objectFields, optional, optionalString } from '../../../../wire/field.ts'
import type { Slot } from '../../../../wire/slot.ts'
import type { MessagesView } from './view.ts'

export interface OfferedTool {
  name: string
  description: JsonSpan | undefined
  channel: string
  /**
   * `custom`: the caller's own; `client`: Anthropic's definition, run by the caller; `server`: run by
   * Anthropic.
   */
  kind: 'custom' | 'client' | 'server'
}

/** The Anthropic-defined tools that the caller runs. */
const clientTools = /^(?:bash|text_editor|computer|browser|memory)(?:_|$)/

/** @throws GatewayError `bad-request` */
export function offeredTools({ document }: MessagesView): OfferedTool[] {
  const tools = arrayOf(document, document.members, 'tools').map(({ span, path }, index): OfferedTool => {
    const fields = objectFields(document, span, path)
    const type = optionalString(document, fields, 'type', `${path}.type`) ?? 'custom'
    return {
      name: optionalString(document, fields, 'name', `${path}.name`) ?? type,
      description: optional(fields, 'description', 'string', `${path}.description`),
      channel: `tools/${index}`,
      kind: type === 'custom' ? 'custom' : clientTools.test(type) ? 'client' : 'server',
    }
  })
  const servers = arrayOf(document, document.members, 'mcp_servers').map(
    ({ span, path }, index): OfferedTool => {
      const name =
        optionalString(document, objectFields(document, span, path), 'name', `${path}.name`) ?? 'mcp'
      return { name, description: undefined, channel: `mcp_servers/${index}`, kind: 'server' }
    },
  )
  return [...tools, ...servers]
}

export const toolNames = (view: MessagesView): string[] => offeredTools(view).map(({ name }) => name)

export function toolSlots(view: MessagesView): Slot[] {
  return offeredTools(view).flatMap(({ description, channel }) =>
    description
      ? [{ channel, kind: 'tool-definition', escaping: 'none', spans: [description] } satisfies Slot]
      : [],
  )
}
