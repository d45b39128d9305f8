// Gathers the parts of a response into one message.

import { isObject, parseJson, written } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { ContentKind, MessageSink } from './encode.ts'

interface Block {
  kind: ContentKind
  head: JsonObject
  text: string
  citations: JsonObject[]
  signature?: string
}

export class WholeMessage implements MessageSink {
  #message: JsonObject = {}
  readonly #content: (Block | { kind: 'whole'; value: JsonObject })[] = []
  readonly #blocks = new Map<string, Block>()
  #json = ''

  begin(message: JsonObject): void {
    this.#message = message
  }

  announce(id: string, kind: ContentKind, head: JsonObject): void {
    const block: Block = { kind, head, text: '', citations: [] }
    this.#content.push(block)
    this.#blocks.set(id, block)
  }

  startCall(id: string, head: JsonObject): void {
    this.announce(id, 'tool', head)
  }

  delta(id: string, text: string): void {
    const block = this.#blocks.get(id)
    if (block) block.text += text
  }

  end(): void {}

  endSigned(id: string, signature: string): void {
    const block = this.#blocks.get(id)
    if (block) block.signature = signature
  }

  cite(id: string, citation: JsonObject): boolean {
    return this.#blocks.get(id)?.citations.push(citation) !== undefined
  }

  whole(value: JsonObject): void {
    this.#content.push({ kind: 'whole', value })
  }

  ping(): void {}

  /** A failure is a separate response (translate/source.ts). */
  fail(): void {}

  finish(reason: JsonObject, usage: JsonObject): void {
    const content = this.#content.flatMap((block) =>
      block.kind === 'whole' ? block.value : (writtenBlock(block) ?? []),
    )
    this.#json = JSON.stringify({ ...this.#message, content, ...reason, usage })
  }

  take(): string {
    return this.#json
  }
}

function writtenBlock({ kind, head, text, citations, signature }: Block): JsonObject | undefined {
  if (kind === 'tool') return { ...head, input: inputOf(text) }
  if (text === '' && signature === undefined) return undefined
  if (kind === 'thinking') return { ...head, thinking: text, signature: signature ?? '' }
  return written({ ...head, text, citations: citations.length > 0 ? citations : undefined })
}

/**
 * Anthropic's clients expect an object. Any other value from a model is wrapped in an object, as Anthropic
 * recommends.
 */
function inputOf(text: string): JsonObject {
  if (text.trim() === '') return {}
  try {
    const value = parseJson(text)
    return isObject(value) ? value : { INVALID_JSON: text }
  } catch {
    return { INVALID_JSON: text }
  }
}
