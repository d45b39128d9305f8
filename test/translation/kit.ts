// Shared by the codec tests: notes, responses without a network, and comparison of responses by content
// instead of by chunks.

import type { UpstreamResponse } from '../../src/contract/upstream.ts'
import type {
  Codec,
  GenerateRequest,
  InstructionTurn,
  ResponseContext,
  ResponseEvent,
  ResponseReader,
} from '../../src/traffic/llm/canonical/index.ts'
import { LossNotes } from '../../src/traffic/llm/losses/index.ts'
import { codec as openaiChat } from '../../src/traffic/llm/dialects/openai-chat/index.ts'

export const notesOf = (front: Codec = openaiChat, back: Codec = openaiChat) =>
  new LossNotes({ front: front.table, back: back.table, backDialect: back.dialect, target: 'inside/model' })

export function replyContext(notes = notesOf()): ResponseContext {
  let made = 0
  return { notes, createdAt: 1_790_000_000, newId: (prefix) => `${prefix}${++made}` }
}

export function streamOf(chunks: readonly (Uint8Array | string)[]): UpstreamResponse {
  return response(chunks, 'text/event-stream')
}

export function wholeOf(body: Uint8Array | string): UpstreamResponse {
  return response([body], 'application/json')
}

function response(chunks: readonly (Uint8Array | string)[], type: string): UpstreamResponse {
  const rest = chunks.map((chunk) => Buffer.from(chunk))
  return {
    status: 200,
    headers: new Headers({ 'content-type': type }),
    body: { next: async () => rest.shift(), cancel: async () => void rest.splice(0) },
    bytes: async () => Buffer.concat(rest),
  }
}

export async function readAll(reader: ResponseReader): Promise<ResponseEvent[]> {
  const events: ResponseEvent[] = []
  for (let batch = await reader.next(); batch; batch = await reader.next()) events.push(...batch)
  return events
}

/**
 * Blocks with joined texts and without ids. A whole response has the order of kinds that the dialect
 * requires, so they are sorted.
 */
export function blocksOf(events: readonly ResponseEvent[], form: 'stream' | 'whole') {
  const blocks = new Map<string, { kind: string; text: string } & Record<string, unknown>>()
  const rest: ResponseEvent[] = []
  for (const event of events) {
    const [, kind, part] = /^(text|reasoning|refusal|tool-call)-(start|delta|end)$/.exec(event.kind) ?? []
    if (kind === undefined || !('id' in event) || !('choice' in event)) {
      rest.push(event)
      continue
    }
    const key = `${event.choice}/${event.id}`
    const { kind: _kind, id: _id, ...facts } = event
    if (part === 'start') blocks.set(key, { ...facts, kind, text: '' })
    const block = blocks.get(key)
    if (!block) throw new Error(`a ${event.kind} without its start`)
    if (part === 'delta' && 'text' in event) block.text += event.text
    if (part === 'end' && 'signature' in event) block['signature'] = event.signature
  }
  const said = [...blocks.values()]
  return {
    blocks:
      form === 'whole' ? said.toSorted((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0)) : said,
    rest: form === 'whole' ? new Set(rest.map((event) => JSON.stringify(event))) : rest,
  }
}

/**
 * A request that vendors accept: tool settings only together with tools, and JSON only if the conversation
 * mentions it.
 */
export function accepted(request: GenerateRequest, mentionsJson = true): GenerateRequest {
  const { toolChoice: _choice, parallelToolCalls: _parallel, ...toolless } = request
  const spoken: InstructionTurn[] =
    mentionsJson && request.output?.kind === 'json'
      ? [{ role: 'system', blocks: [{ kind: 'text', text: 'As JSON.' }] }]
      : []
  return { ...(request.tools ? request : toolless), system: [...request.system, ...spoken] }
}
