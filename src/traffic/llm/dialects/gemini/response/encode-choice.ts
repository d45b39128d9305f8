// One candidate while it is written: all of it for a whole response, or only the remainder for the last chunk
// of a stream.

import { textIn, written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { TokenLogprob } from '../../../canonical/index.ts'
import { alternativesOf, tokenOf } from './logprobs.ts'
import { writeCitations } from '../citations.ts'
import type { PlacedCitation } from '../citations.ts'

export class Candidate {
  readonly citations: PlacedCitation[] = []
  /** The whole text of the candidate. Citations give byte offsets in it. */
  text = ''
  reason: string | undefined
  /** Did a call have arguments that are not an object? Google has a finish reason for this case. */
  hasNonsense = false
  private readonly parts: JsonObject[] = []
  private logprobs: { chosen: Json[]; top: Json[] } | undefined

  /** Joins the part to a part of the same kind before it. */
  add(part: JsonObject): void {
    const last = this.parts.at(-1)
    const text = plainText(part)
    const before = last && plainText(last)
    if (last && before !== undefined && text !== undefined && last['thought'] === part['thought'])
      this.parts[this.parts.length - 1] = { ...last, text: before + text }
    else this.parts.push(part)
  }

  /** Google signs parts: the signature of a block is on its last part. */
  sign(thoughtSignature: string, frame: JsonObject): void {
    const last = this.parts.at(-1)
    if (last && plainText(last) !== undefined && last['thought'] === frame['thought'])
      this.parts[this.parts.length - 1] = { ...last, thoughtSignature }
    else this.add({ text: '', ...frame, thoughtSignature })
  }

  addLogprobs(tokens: readonly TokenLogprob[]): void {
    const known = (this.logprobs ??= { chosen: [], top: [] })
    known.chosen.push(...tokens.map(tokenOf))
    known.top.push(...tokens.map(alternativesOf))
  }

  /** @param parts the parts of the last chunk, when earlier chunks had the others */
  written(index: number, parts: readonly Json[] = this.parts): JsonObject {
    const { reason = 'OTHER', citations, logprobs } = this
    return written({
      content: { parts, role: 'model' },
      finishReason: this.hasNonsense && reason === 'STOP' ? 'MALFORMED_FUNCTION_CALL' : reason,
      index,
      groundingMetadata: citations.length === 0 ? undefined : writeCitations(citations, this.text),
      logprobsResult: logprobs && { chosenCandidates: logprobs.chosen, topCandidates: logprobs.top },
    })
  }
}

/** The text of a part, if it has no signature. */
const plainText = (part: JsonObject) =>
  part['thoughtSignature'] === undefined ? textIn(part['text']) : undefined
