// Tools that take free text, for providers that know functions only: such a tool becomes a function of one
// text, and its calls are free text again.
//
// The text stands escaped inside of the function's JSON arguments; it is passed on when the call is complete,
// in one piece.

import { objectIn, textIn } from '../../../kit/json.ts'
import type { Json } from '../../../kit/json.ts'
import type { GenerateRequest, ResponseEncoder, Tool, Turn } from '../canonical/index.ts'
import type { LossNotes } from '../losses/index.ts'

export interface AsFunctions {
  request: GenerateRequest
  /** Of the tools that were free text; empty: nothing had to be changed. */
  names: ReadonlySet<string>
}

export function asFunctions(request: GenerateRequest, notes: LossNotes): AsFunctions {
  const names = new Set((request.tools ?? []).flatMap((tool) => (tool.kind === 'custom' ? [tool.name] : [])))
  const isCalled = request.turns.some(({ blocks }) =>
    blocks.some((block) => block.kind === 'tool-call' && block.tool === 'custom'),
  )
  if (names.size === 0 && !isCalled) return { request, names }
  const turns = request.turns.map(withFunctionCalls)
  return {
    request: request.tools
      ? { ...request, turns, tools: request.tools.map((tool) => asFunction(tool, notes)) }
      : { ...request, turns },
    names,
  }
}

function asFunction(tool: Tool, notes: LossNotes): Tool {
  if (tool.kind !== 'custom') return tool
  const { name, description, grammar, cache } = tool
  // a constraint no longer, but models follow it when they are told
  if (grammar) notes.drop('custom-tool-grammar')
  const rule = grammar && `The input must match this ${grammar.syntax} grammar:\n${grammar.definition}`
  const text = [description, rule].filter((part) => part !== undefined).join('\n\n')
  return {
    kind: 'function',
    name,
    ...(text === '' ? {} : { description: text }),
    parameters: oneText,
    ...(cache && { cache }),
  }
}

const oneText: Json = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The whole input of the tool, as plain text.' } },
  required: ['input'],
  additionalProperties: false,
}

function withFunctionCalls(turn: Turn): Turn {
  if (
    turn.role !== 'assistant' ||
    !turn.blocks.some((block) => block.kind === 'tool-call' && block.tool === 'custom')
  )
    return turn
  const blocks = turn.blocks.map((block) =>
    block.kind === 'tool-call' && block.tool === 'custom'
      ? { ...block, tool: 'function' as const, input: JSON.stringify({ input: block.input }) }
      : block,
  )
  return { ...turn, blocks }
}

/** The client's encoder, told free text where the provider wrote a function's arguments. */
export function backToText(encoder: ResponseEncoder, names: ReadonlySet<string>): ResponseEncoder {
  if (names.size === 0) return encoder
  /** What came of each open call, by its block. */
  const open = new Map<string, string>()
  return {
    write(event) {
      if (event.kind === 'tool-call-start' && names.has(event.name)) {
        open.set(event.id, '')
        return encoder.write({ ...event, tool: 'custom' })
      }
      const written =
        event.kind === 'tool-call-delta' || event.kind === 'tool-call-end' ? open.get(event.id) : undefined
      if (written === undefined) return encoder.write(event)
      if (event.kind === 'tool-call-delta') {
        open.set(event.id, written + event.text)
        return ''
      }
      if (event.kind !== 'tool-call-end') return encoder.write(event)
      open.delete(event.id)
      const { choice, id } = event
      return (
        encoder.write({ kind: 'tool-call-delta', choice, id, text: textOf(written) }) + encoder.write(event)
      )
    },
  }
}

/**
 * Models also call the one member by another name. What was cut off or has no such member goes on as it is:
 * better than nothing.
 */
function textOf(input: string): string {
  try {
    const members = objectIn(JSON.parse(input)) ?? {}
    const [only, ...others] = Object.values(members)
    return textIn(members['input']) ?? (others.length === 0 ? textIn(only) : undefined) ?? input
  } catch {
    return input
  }
}
