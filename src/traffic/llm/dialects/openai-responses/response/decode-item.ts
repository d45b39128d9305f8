// Decodes one output item into blocks. Some servers send only deltas, some only complete items. So the
// decoder counts each text, and a complete item adds the text that its deltas omitted. Item ids are ignored,
// because some servers change them from event to event.

import {
  anyTextIn,
  isList,
  isObject,
  numberIn,
  objectIn,
  objectsIn,
  textIn,
  wordIn,
} from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { DecodeContext, Native, ResponseEvent } from '../../../canonical/index.ts'
import { readLogprob } from '../../../wire/openai/logprobs.ts'
import { readCitation } from '../citations.ts'
import { signatureInExtra, signatureOfItem } from '../signatures.ts'

type BlockKind = 'text' | 'refusal'

/** Some servers write the content as one text, or one part outside a list. */
function partsIn(content: Json | undefined): readonly JsonObject[] {
  if (isList(content)) return objectsIn(content)
  if (isObject(content)) return [content]
  const text = anyTextIn(content)
  return text === undefined ? [] : [{ type: 'output_text', text }]
}

const tailLength = 32

interface Part {
  kind: BlockKind
  id: string
  /** Characters so far. */
  length: number
  /** The last characters, to find the position in the complete text. */
  tail: string
  isOver: boolean
  citations: number
}

export class ItemDecoder {
  isCall = false
  private type: string | undefined
  private isOver = false
  private readonly parts = new Map<number, Part>()
  private call: { id: string; length: number } | undefined
  private reasoning: { id: string; length: number; part: number } | undefined
  private readonly index: number
  private readonly context: DecodeContext

  constructor(index: number, context: DecodeContext) {
    this.index = index
    this.context = context
  }

  event(type: string, event: JsonObject, out: ResponseEvent[]): void {
    if (this.isOver) return
    const part = numberIn(event['content_index']) ?? 0
    switch (type) {
      case 'response.output_item.added':
        return this.begin(objectIn(event['item']) ?? {}, out)
      case 'response.output_item.done':
        return this.whole(objectIn(event['item']) ?? {}, out)
      case 'response.output_text.delta':
        this.text('text', part, textIn(event['delta']), out)
        return this.logprobs(part, event, out)
      case 'response.output_text.done':
        return this.rest('text', part, textIn(event['text']), out)
      case 'response.refusal.delta':
        return this.text('refusal', part, textIn(event['delta']), out)
      case 'response.refusal.done':
        return this.rest('refusal', part, textIn(event['refusal']), out)
      case 'response.output_text.annotation.added': {
        const annotation = objectIn(event['annotation'])
        return annotation && this.cite(part, annotation, out)
      }
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        return this.input(anyTextIn(event['delta']), out)
      case 'response.reasoning_summary_text.delta':
        return this.think(numberIn(event['summary_index']) ?? 0, true, textIn(event['delta']), out)
      case 'response.reasoning_text.delta':
        return this.think(part, false, textIn(event['delta']), out)
      default:
    }
  }

  /** The complete item. */
  whole(item: JsonObject, out: ResponseEvent[]): void {
    if (this.isOver) return
    this.begin(item, out)
    this.isOver = true
    switch (this.type) {
      case 'message':
        this.wholeParts(partsIn(item['content']), out)
        break
      case 'function_call':
        this.restOfInput(anyTextIn(item['arguments']), out)
        break
      case 'custom_tool_call':
        this.restOfInput(anyTextIn(item['input']), out)
        break
      case 'reasoning':
        this.wholeReasoning(item, out)
        break
      default:
        out.push({ kind: 'native', choice: 0, native: { dialect: 'openai-responses', value: item } })
    }
    this.end(out, signatureInExtra(item['extra_content']), signatureOfItem(item))
  }

  /** The response is over, even if the item has not ended. */
  close(out: ResponseEvent[]): void {
    if (this.isOver) return
    this.isOver = true
    this.end(out, undefined, undefined)
  }

  private begin(item: JsonObject, out: ResponseEvent[]): void {
    if (this.type !== undefined) return
    this.type = textIn(item['type']) ?? 'message'
    if (this.type !== 'function_call' && this.type !== 'custom_tool_call') return
    this.isCall = true
    const id = `${this.index}`
    this.call = { id, length: 0 }
    out.push({
      kind: 'tool-call-start',
      choice: 0,
      id,
      callId: wordIn(item['call_id']) ?? this.context.newId('call_'),
      name: textIn(item['name']) ?? '',
      tool: this.type === 'custom_tool_call' ? 'custom' : 'function',
    })
  }

  private input(text: string | undefined, out: ResponseEvent[]): void {
    const { call } = this
    if (!call || !text) return
    call.length += text.length
    out.push({ kind: 'tool-call-delta', choice: 0, id: call.id, text })
  }

  private restOfInput(text: string | undefined, out: ResponseEvent[]): void {
    if (this.call?.length === 0) this.input(text, out)
  }

  private text(kind: BlockKind, index: number, text: string | undefined, out: ResponseEvent[]): void {
    const part = this.partOf(kind, index, out)
    if (!text || part.isOver) return
    part.length += text.length
    part.tail = (part.tail + text).slice(-tailLength)
    out.push({ kind: `${kind}-delta`, choice: 0, id: part.id, text })
  }

  /** The text that the deltas omitted: usually none, but all of it for servers without deltas. */
  private rest(kind: BlockKind, index: number, text: string | undefined, out: ResponseEvent[]): void {
    const { length, tail } = this.partOf(kind, index, out)
    if (text?.slice(0, length).endsWith(tail)) this.text(kind, index, text.slice(length), out)
  }

  private partOf(kind: BlockKind, index: number, out: ResponseEvent[]): Part {
    let part = this.parts.get(index)
    if (!part) {
      part = { kind, id: `${this.index}.${index}`, length: 0, tail: '', isOver: false, citations: 0 }
      this.parts.set(index, part)
      out.push({ kind: `${kind}-start`, choice: 0, id: part.id })
    }
    return part
  }

  /**
   * Bedrock numbers the parts of a stream differently from those of the complete item. So parts are matched
   * by their order, unless the complete item has more parts.
   */
  private wholeParts(content: readonly JsonObject[], out: ResponseEvent[]): void {
    const known = [...this.parts.keys()].toSorted((one, other) => one - other)
    const indexes = content.length > known.length ? undefined : known
    for (const [position, part] of content.entries())
      this.wholePart(indexes?.[position] ?? position, part, out)
  }

  private wholePart(index: number, complete: JsonObject, out: ResponseEvent[]): void {
    const isRefusal = complete['type'] === 'refusal'
    this.rest(isRefusal ? 'refusal' : 'text', index, anyTextIn(complete[isRefusal ? 'refusal' : 'text']), out)
    const part = this.parts.get(index)
    if (!part) return
    const annotations = objectsIn(complete['annotations'])
    for (const annotation of annotations.slice(part.citations)) this.cite(index, annotation, out)
    this.endPart(part, out, signatureInExtra(complete['extra_content']))
  }

  private cite(index: number, annotation: JsonObject, out: ResponseEvent[]): void {
    const part = this.partOf('text', index, out)
    part.citations += 1
    out.push({ kind: 'citation', choice: 0, block: part.id, citation: readCitation(annotation) })
  }

  private logprobs(index: number, event: JsonObject, out: ResponseEvent[]): void {
    const tokens = objectsIn(event['logprobs']).map(readLogprob)
    if (tokens.length > 0)
      out.push({ kind: 'logprobs', choice: 0, block: this.partOf('text', index, out).id, tokens })
  }

  private think(part: number, isSummary: boolean, text: string | undefined, out: ResponseEvent[]): void {
    if (!text) return
    const thought = this.thoughtOf(isSummary, out)
    // Each summary part is a paragraph.
    const addition = thought.length > 0 && part !== thought.part ? `\n\n${text}` : text
    thought.part = part
    thought.length += addition.length
    out.push({ kind: 'reasoning-delta', choice: 0, id: thought.id, text: addition })
  }

  private thoughtOf(isSummary: boolean, out: ResponseEvent[]): { id: string; length: number; part: number } {
    if (!this.reasoning) {
      this.reasoning = { id: `${this.index}`, length: 0, part: 0 }
      out.push({
        kind: 'reasoning-start',
        choice: 0,
        id: this.reasoning.id,
        ...(isSummary ? { isSummary } : {}),
      })
    }
    return this.reasoning
  }

  private wholeReasoning(item: JsonObject, out: ResponseEvent[]): void {
    if (!this.reasoning) {
      const content = objectsIn(item['content'])
      const isSummary = content.length === 0
      for (const [index, part] of (isSummary ? objectsIn(item['summary']) : content).entries())
        this.think(index, isSummary, textIn(part['text']), out)
    }
    if (!this.reasoning && signatureOfItem(item)) this.thoughtOf(false, out)
  }

  private endPart(part: Part, out: ResponseEvent[], signature: Native | undefined): void {
    if (part.isOver) return
    part.isOver = true
    const { kind, id } = part
    if (kind === 'text') out.push({ kind: 'text-end', choice: 0, id, ...(signature ? { signature } : {}) })
    else out.push({ kind: 'refusal-end', choice: 0, id })
  }

  private end(out: ResponseEvent[], ofCall: Native | undefined, ofReasoning: Native | undefined): void {
    for (const part of this.parts.values()) this.endPart(part, out, undefined)
    if (this.call)
      out.push({
        kind: 'tool-call-end',
        choice: 0,
        id: this.call.id,
        ...(ofCall ? { signature: ofCall } : {}),
      })
    if (this.reasoning)
      out.push({
        kind: 'reasoning-end',
        choice: 0,
        id: this.reasoning.id,
        ...(ofReasoning ? { signature: ofReasoning } : {}),
      })
  }
}
