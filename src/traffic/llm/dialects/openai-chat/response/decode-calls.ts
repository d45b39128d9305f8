// The tool calls in one choice of a response. Their index tells them apart (repair.ts ensures it), and their
// deltas may interleave.

import { numberIn, objectIn, textIn, wordIn } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { DecodeContext, Native, ResponseEvent } from '../../../canonical/index.ts'
import { signatureIn } from '../reasoning.ts'

interface Call {
  id: string
  tool: 'function' | 'custom'
  input: string
  signature: Native | undefined
  isEnded: boolean
}

const inputs = { function: 'arguments', custom: 'input' } as const

export class CallsDecoder {
  /** By index, including those that have ended: more deltas may come for them. */
  private readonly calls = new Map<number, Call>()
  private readonly choice: number
  private readonly context: DecodeContext
  private readonly newId: () => string

  constructor(choice: number, context: DecodeContext, newId: () => string) {
    this.choice = choice
    this.context = context
    this.newId = newId
  }

  /** Does this piece belong to a call that has begun? */
  has(call: JsonObject, position: number): boolean {
    return this.begun(call, position) !== undefined
  }

  decode(call: JsonObject, position: number, out: ResponseEvent[]): void {
    const known = this.begun(call, position) ?? this.begin(call, position, out)
    // Whitespace may follow the arguments.
    if (known.isEnded) return
    known.signature = signatureIn(call['extra_content']) ?? known.signature
    const text = textIn(objectIn(call[known.tool])?.[inputs[known.tool]])
    if (text === undefined || text === '') return
    known.input += text
    out.push({ kind: 'tool-call-delta', choice: this.choice, id: known.id, text })
  }

  /**
   * Most vendors write one call after the other, so a complete call need not wait for the end of the
   * response.
   */
  endComplete(out: ResponseEvent[]): void {
    for (const call of this.calls.values()) if (!call.isEnded && isWhole(call)) this.end(call, out)
  }

  endAll(out: ResponseEvent[]): void {
    for (const call of this.calls.values()) this.end(call, out)
  }

  private begun(call: JsonObject, position: number): Call | undefined {
    return this.calls.get(numberIn(call['index']) ?? position)
  }

  private begin(call: JsonObject, position: number, out: ResponseEvent[]): Call {
    // Snowflake also sends an empty call of the other kind.
    const tool = objectIn(call['custom']) && call['type'] !== 'function' ? 'custom' : 'function'
    const index = numberIn(call['index']) ?? position
    const callId = wordIn(call['id'])
    this.endComplete(out)
    const begun: Call = { id: this.newId(), tool, input: '', signature: undefined, isEnded: false }
    this.calls.set(index, begun)
    const name = textIn(objectIn(call[tool])?.['name']) ?? ''
    out.push({
      kind: 'tool-call-start',
      choice: this.choice,
      id: begun.id,
      callId: callId ?? this.context.newId('call_'),
      name,
      tool,
    })
    return begun
  }

  private end(call: Call, out: ResponseEvent[]): void {
    if (call.isEnded) return
    call.isEnded = true
    call.input = ''
    out.push({
      kind: 'tool-call-end',
      choice: this.choice,
      id: call.id,
      ...(call.signature ? { signature: call.signature } : {}),
    })
  }
}

function isWhole({ tool, input }: Call): boolean {
  if (tool === 'custom') return false
  try {
    return typeof JSON.parse(input) === 'object'
  } catch {
    return false
  }
}
