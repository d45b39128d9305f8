// Names of tools that a provider would refuse (`files/read`, `caldav.list`, a hundred letters): the provider
// gets another name, and the client sees its own. A name has the same substitute in every turn, so that the
// provider's cache stays valid.

import { createHash } from 'node:crypto'
import type { Codec, GenerateRequest, ResponseEncoder, Tool, ToolChoice, Turn } from '../canonical/index.ts'

export interface RenamedTools {
  request: GenerateRequest
  /** The client's names by the provider's. Empty means that nothing was renamed. */
  originals: ReadonlyMap<string, string>
}

export function withAllowedNames(
  request: GenerateRequest,
  { allowed, longest }: Codec['toolNames'],
): RenamedTools {
  const used = namesIn(request)
  const foreign = [...used].filter((name) => !allowed.test(name) || name.length > longest)
  if (foreign.length === 0) return { request, originals: none }
  const originals = new Map<string, string>()
  const given = new Map<string, string>()
  for (const name of foreign) {
    const plain = plainName(name)
    const isTaken = used.has(plain) || originals.has(plain) || plain.length > longest
    const made = isTaken ? `${plain.slice(0, longest - 9)}_${digestOf(name)}` : plain
    originals.set(made, name)
    given.set(name, made)
  }
  return { request: renamed(request, (name) => given.get(name) ?? name), originals }
}

/** Gives the client's encoder the names that the client knows. */
export function withOriginalNames(
  encoder: ResponseEncoder,
  originals: ReadonlyMap<string, string>,
): ResponseEncoder {
  if (originals.size === 0) return encoder
  return {
    write: (event) =>
      encoder.write(
        event.kind === 'tool-call-start'
          ? { ...event, name: originals.get(event.name) ?? event.name }
          : event,
      ),
  }
}

const none: ReadonlyMap<string, string> = new Map()

/** Letters, digits, `_` and `-`, with no digit at the beginning: every dialect takes these. */
function plainName(name: string): string {
  const plain = name.replace(/[^\w-]/g, '_')
  return /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`
}

const digestOf = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 8)

function namesIn({ tools = [], turns }: GenerateRequest): Set<string> {
  const names = new Set(tools.flatMap((tool) => (tool.kind === 'native' ? [] : [tool.name])))
  for (const turn of turns)
    for (const block of turn.blocks) if (block.kind === 'tool-call') names.add(block.name)
  return names
}

type Rename = (name: string) => string

function renamed(request: GenerateRequest, to: Rename): GenerateRequest {
  const { tools, toolChoice, turns } = request
  return {
    ...request,
    turns: turns.map((turn) => renamedTurn(turn, to)),
    ...(tools && {
      tools: tools.map((tool): Tool => (tool.kind === 'native' ? tool : { ...tool, name: to(tool.name) })),
    }),
    ...(toolChoice && { toolChoice: renamedChoice(toolChoice, to) }),
  }
}

function renamedTurn(turn: Turn, to: Rename): Turn {
  if (turn.role === 'assistant')
    return {
      ...turn,
      blocks: turn.blocks.map((block) =>
        block.kind === 'tool-call' ? { ...block, name: to(block.name) } : block,
      ),
    }
  if (turn.role !== 'tool') return turn
  return {
    ...turn,
    blocks: turn.blocks.map((block) =>
      block.name === undefined ? block : { ...block, name: to(block.name) },
    ),
  }
}

function renamedChoice(choice: ToolChoice, to: Rename): ToolChoice {
  if (choice.kind === 'tool') return { ...choice, name: to(choice.name) }
  return choice.kind === 'allowed' ? { ...choice, names: choice.names.map(to) } : choice
}
