// Tools that take free text, for providers that know functions only: such a tool becomes a function with one
// text as its input, and its calls become free text again.
//
// The text is escaped inside of the function's JSON arguments. It is passed on in one piece when the call is
// complete.

import { objectIn, textIn } from '../../../kit/json.ts'
import type { Json } from '../../../kit/json.ts'
import type { GenerateRequest, ResponseEncoder, Tool, Turn } from '../canonical/index.ts'
import type { LossNotes } from '../losses/index.ts'

export interface AsFunctions {
  request: GenerateRequest
  /** Names of the tools that took free text. Empty means that nothing changed. */
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
  // No longer a constraint, but models follow a rule in the description.
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

/** Gives the client's encoder free text where the provider wrote a function's arguments. */
export function backToText(encoder: ResponseEncoder, names: ReadonlySet<string>): ResponseEncoder {
  if (names.size === 0) return encoder
  /** The input of each open call so far, by its block. */
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
 * Some models use another name for the one member. An input that was cut or has no such member is passed on
 * unchanged.
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
