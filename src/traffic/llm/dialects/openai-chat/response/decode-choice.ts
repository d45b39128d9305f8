// Decodes one choice of a response, as deltas or as a whole message, into blocks. Texts come one after the
// other, so at most one text is open. Reasoning that has ended may resume as another block. Tool calls:
// decode-calls.ts.

import { isList, numberIn, objectIn, objectsIn, textIn, wordIn } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { Citation, DecodeContext, Native, ResponseEvent } from '../../../canonical/index.ts'
import { readFinish } from '../finish.ts'
import { readLogprob } from '../../../wire/openai/logprobs.ts'
import { CallsDecoder } from './decode-calls.ts'
import { pairReasoning } from '../reasoning.ts'

type Kind = 'text' | 'reasoning' | 'refusal'

export class ChoiceDecoder {
  isFinished = false
  /** Perplexity's sources for the whole response. Every event repeats them. */
  sources: readonly JsonObject[] = []
  private open: { kind: Kind; id: string } | undefined
  private readonly calls: CallsDecoder
  private made = 0
  private lastText: string | undefined
  /** Signatures of the reasoning so far. They may come in a separate delta. */
  private details: JsonObject[] = []
  private audio: { id: string | undefined; data: string; transcript: string } | undefined
  private readonly choice: number

  constructor(choice: number, context: DecodeContext) {
    this.choice = choice
    this.calls = new CallsDecoder(choice, context, () => this.newId())
  }

  /** Has any output or the finish arrived? */
  get hasBegun(): boolean {
    return this.isFinished || this.made > 0 || this.audio !== undefined
  }

  decode(chunk: JsonObject, out: ResponseEvent[], isWhole: boolean): void {
    if (this.isFinished) return
    const message = messageIn(chunk, isWhole)
    if (message) this.message(message, out)
    this.logprobs(objectIn(chunk['logprobs']), out)
    const raw = wordIn(chunk['finish_reason'])
    if (raw !== undefined) this.finish(raw, out)
  }

  /** @param raw undefined when the stream ended without a reason */
  finish(raw: string | undefined, out: ResponseEvent[]): void {
    if (this.isFinished) return
    this.isFinished = true
    const { choice } = this
    for (const source of this.sources) this.citation({ type: 'url_citation', url_citation: source }, out)
    this.close(out)
    this.calls.endAll(out)
    this.leftOverProofs(out)
    if (this.audio) {
      const { id, data, transcript } = this.audio
      const block = { kind: 'media', media: 'audio', source: { kind: 'data', base64: data } } as const
      out.push({
        kind: 'media',
        choice,
        id: this.newId(),
        block,
        transcript,
        ...(id === undefined ? {} : { handle: id }),
      })
    }
    out.push({
      kind: 'finish',
      choice,
      finish: raw === undefined ? { unified: 'other', raw: '' } : readFinish(raw),
    })
  }

  private message(message: JsonObject, out: ResponseEvent[]): void {
    this.details.push(...objectsIn(message['reasoning_details']))
    this.delta('reasoning', textIn(message['reasoning_content']) ?? textIn(message['reasoning']), out)
    const content = message['content']
    if (isList(content)) for (const part of objectsIn(content)) this.part(part, out)
    else this.delta('text', textIn(content), out)
    this.delta('refusal', textIn(message['refusal']), out)
    for (const annotation of objectsIn(message['annotations'])) this.citation(annotation, out)
    for (const [position, call] of objectsIn(message['tool_calls']).entries()) this.call(call, position, out)
    const older = objectIn(message['function_call'])
    if (older) this.olderCall(older, out)
    const audio = objectIn(message['audio'])
    if (audio) this.speech(audio)
  }

  /** Mistral sends content as parts, its thinking among them. */
  private part(part: JsonObject, out: ResponseEvent[]): void {
    this.delta('text', textIn(part['text']), out)
    for (const inner of objectsIn(part['thinking'])) this.delta('reasoning', textIn(inner['text']), out)
  }

  private delta(kind: Kind, text: string | undefined, out: ResponseEvent[]): void {
    if (text === undefined || text === '') return
    const { choice } = this
    if (this.open?.kind !== kind) {
      this.close(out)
      this.calls.endComplete(out)
      this.open = { kind, id: this.newId() }
      out.push({ kind: `${kind}-start`, choice, id: this.open.id })
    }
    if (kind === 'text') this.lastText = this.open.id
    out.push({ kind: `${kind}-delta`, choice, id: this.open.id, text })
  }

  private call(call: JsonObject, position: number, out: ResponseEvent[]): void {
    if (!this.calls.has(call, position)) this.close(out)
    this.calls.decode(call, position, out)
  }

  /**
   * `function_call` is older than `tool_calls`. It has no id, and its name comes only at its beginning.
   * Snowflake sends an empty one with every text.
   */
  private olderCall(call: JsonObject, out: ResponseEvent[]): void {
    const name = wordIn(call['name'])
    if (name === undefined && wordIn(call['arguments']) === undefined) return
    this.call(
      { function: call, index: olderIndex, ...(name === undefined ? {} : { id: `call_${name}` }) },
      olderIndex,
      out,
    )
  }

  private close(out: ResponseEvent[]): void {
    const { open, choice } = this
    if (!open) return
    this.open = undefined
    const signature = open.kind === 'reasoning' ? this.takeProof() : undefined
    if (open.kind === 'reasoning')
      out.push({ kind: 'reasoning-end', choice, id: open.id, ...(signature ? { signature } : {}) })
    else out.push({ kind: `${open.kind}-end`, choice, id: open.id })
  }

  /** The signature of the reasoning block that ends, if it has exactly one. */
  private takeProof(): Native | undefined {
    const [block] = pairReasoning('text', this.details)
    if (!block?.signature) return undefined
    this.details = this.details.filter((detail) => detail['type'] === 'reasoning.encrypted')
    return block.signature
  }

  private leftOverProofs(out: ResponseEvent[]): void {
    const { choice } = this
    for (const { signature } of pairReasoning(undefined, this.details)) {
      if (!signature) continue
      const id = this.newId()
      out.push({ kind: 'reasoning-start', choice, id }, { kind: 'reasoning-end', choice, id, signature })
    }
  }

  private citation(annotation: JsonObject, out: ResponseEvent[]): void {
    const cited = objectIn(annotation['url_citation'])
    const url = wordIn(cited?.['url'])
    if (!cited || url === undefined || this.lastText === undefined) return
    const start = numberIn(cited['start_index'])
    const end = numberIn(cited['end_index'])
    const title = wordIn(cited['title'])
    const citation: Citation = {
      source: { kind: 'url', url },
      native: { dialect: 'openai-chat', value: annotation },
      ...(title === undefined ? {} : { title }),
      ...(start === undefined || end === undefined ? {} : { span: { start, end } }),
    }
    out.push({ kind: 'citation', choice: this.choice, block: this.lastText, citation })
  }

  private logprobs(given: JsonObject | undefined, out: ResponseEvent[]): void {
    const block = this.open?.id ?? this.lastText
    const tokens = [...objectsIn(given?.['content']), ...objectsIn(given?.['refusal'])].map(readLogprob)
    if (block !== undefined && tokens.length > 0)
      out.push({ kind: 'logprobs', choice: this.choice, block, tokens })
  }

  private speech(audio: JsonObject): void {
    if (!speechFields.some((name) => wordIn(audio[name]) !== undefined)) return
    this.audio ??= { id: undefined, data: '', transcript: '' }
    this.audio.id ??= wordIn(audio['id'])
    this.audio.data += textIn(audio['data']) ?? ''
    this.audio.transcript += textIn(audio['transcript']) ?? ''
  }

  private newId(): string {
    this.made += 1
    return `${this.choice}.${this.made}`
  }
}

const speechFields = ['id', 'data', 'transcript']

/** `tool_calls` never uses this index. */
const olderIndex = -1

/**
 * Perplexity sends both: `delta` has the new text and is empty in a whole response; `message` has all text so
 * far.
 */
function messageIn({ delta, message }: JsonObject, isWhole: boolean): JsonObject | undefined {
  return isWhole ? (objectIn(message) ?? objectIn(delta)) : (objectIn(delta) ?? objectIn(message))
}
