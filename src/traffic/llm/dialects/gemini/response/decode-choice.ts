// Decodes the parts of one candidate into blocks. Neighboring parts of one kind form one block. A signature
// ends the block, because it signs the preceding content.

import type { Finish } from '../../../../../contract/usage.ts'
import { anyTextIn, isList, isObject, objectIn, objectsIn, textIn, wordIn } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { Citation, DecodeContext, Native, ResponseEvent } from '../../../canonical/index.ts'
import { readFinish } from '../finish.ts'
import { readCitations } from '../citations.ts'
import { readLogprobs } from './logprobs.ts'
import { mediaOf } from '../request/media.ts'

type OpenKind = 'text' | 'reasoning'

/** Some servers write a single part without a list, or the content as a text. */
function partsIn(content: Json | undefined): readonly JsonObject[] {
  if (!isObject(content)) return typeof content === 'string' ? [{ text: content }] : []
  const { parts } = content
  return isList(parts) ? objectsIn(parts) : isObject(parts) ? [parts] : []
}

export class CandidateDecoder {
  private readonly choice: number
  private readonly context: DecodeContext
  private open: { kind: OpenKind; id: string } | undefined
  private blocks = 0
  private calls = 0
  private reason: string | undefined
  /** Citations give byte offsets in the whole text of the candidate so far. */
  private text = ''
  private readonly texts: { id: string; start: number }[] = []
  /** Every chunk repeats and extends the citations. */
  private cited = new Set<string>()

  constructor(choice: number, context: DecodeContext) {
    this.choice = choice
    this.context = context
  }

  get hasFinish(): boolean {
    return this.reason !== undefined
  }

  take(candidate: JsonObject, out: ResponseEvent[]): void {
    for (const part of partsIn(candidate['content'])) this.part(part, out)
    const tokens = readLogprobs(objectIn(candidate['logprobsResult']))
    if (tokens.length > 0)
      out.push({ kind: 'logprobs', choice: this.choice, block: this.textBlock(out), tokens })
    this.cite(candidate, out)
    this.reason = wordIn(candidate['finishReason']) ?? this.reason
  }

  close(out: ResponseEvent[]): void {
    this.end(out)
    out.push({ kind: 'finish', choice: this.choice, finish: this.finish() })
  }

  private finish(): Finish {
    return this.reason === undefined ? { unified: 'other', raw: '' } : readFinish(this.reason, this.calls > 0)
  }

  private part(part: JsonObject, out: ResponseEvent[]): void {
    const proof = wordIn(part['thoughtSignature'])
    const signature: Native | undefined =
      proof === undefined ? undefined : { dialect: 'gemini', value: proof }
    const text = anyTextIn(part['text'])
    const call = objectIn(part['functionCall'])
    if (text !== undefined) this.say(part['thought'] === true ? 'reasoning' : 'text', text, signature, out)
    else if (call) this.call(call, signature, out)
    else this.other(part, out)
  }

  private say(kind: OpenKind, text: string, signature: Native | undefined, out: ResponseEvent[]): void {
    // An empty text without a signature only carries a finish.
    if (text === '' && !signature) return
    const { choice } = this
    const id = this.open?.kind === kind ? this.open.id : this.begin(kind, out)
    if (text !== '') out.push({ kind: kind === 'text' ? 'text-delta' : 'reasoning-delta', choice, id, text })
    if (kind === 'text') this.text += text
    if (signature) this.end(out, signature)
  }

  private begin(kind: OpenKind, out: ResponseEvent[]): string {
    this.end(out)
    const { choice } = this
    const id = this.newBlock()
    this.open = { kind, id }
    if (kind === 'text') {
      this.texts.push({ id, start: this.text.length })
      out.push({ kind: 'text-start', choice, id })
    } else out.push({ kind: 'reasoning-start', choice, id, isSummary: true })
    return id
  }

  private end(out: ResponseEvent[], signature?: Native): void {
    if (!this.open) return
    const { kind, id } = this.open
    this.open = undefined
    out.push({
      kind: kind === 'text' ? 'text-end' : 'reasoning-end',
      choice: this.choice,
      id,
      ...(signature && { signature }),
    })
  }

  /** A call comes in one piece. */
  private call(call: JsonObject, signature: Native | undefined, out: ResponseEvent[]): void {
    this.end(out)
    this.calls += 1
    const { choice } = this
    const id = this.newBlock()
    const callId = wordIn(call['id']) ?? this.context.newId('call_')
    out.push(
      { kind: 'tool-call-start', choice, id, callId, name: textIn(call['name']) ?? '', tool: 'function' },
      { kind: 'tool-call-delta', choice, id, text: anyTextIn(call['args']) ?? '{}' },
      { kind: 'tool-call-end', choice, id, ...(signature && { signature }) },
    )
  }

  private other(part: JsonObject, out: ResponseEvent[]): void {
    const { choice } = this
    const blob = objectIn(part['inlineData'])
    const data = textIn(blob?.['data'])
    const mediaType = textIn(blob?.['mimeType'])
    this.end(out)
    if (data !== undefined && mediaType !== undefined) {
      const block = {
        kind: 'media',
        media: mediaOf(mediaType),
        source: { kind: 'data', base64: data },
        mediaType,
      } as const
      out.push({ kind: 'media', choice, id: this.newBlock(), block })
    } else if (Object.keys(part).length > 0)
      out.push({ kind: 'native', choice, native: { dialect: 'gemini', value: part } })
  }

  private cite(candidate: JsonObject, out: ResponseEvent[]): void {
    if (this.texts.length === 0) return
    for (const citation of readCitations(candidate, this.text)) {
      const key = JSON.stringify(citation)
      if (this.cited.has(key)) continue
      this.cited.add(key)
      out.push({ kind: 'citation', choice: this.choice, ...this.placed(citation) })
    }
  }

  /** The citation, relative to the text block in which it begins. */
  private placed({ span, ...citation }: Citation): { block: string; citation: Citation } {
    const { id, start } = this.texts.findLast((text) => span === undefined || text.start <= span.start) ?? {
      id: '',
      start: 0,
    }
    return {
      block: id,
      citation: { ...citation, ...(span && { span: { start: span.start - start, end: span.end - start } }) },
    }
  }

  /** Log-probabilities belong to a text, even to an empty one. */
  private textBlock(out: ResponseEvent[]): string {
    return this.texts.at(-1)?.id ?? this.begin('text', out)
  }

  private newBlock(): string {
    const id = `${this.choice}-${this.blocks}`
    this.blocks += 1
    return id
  }
}
