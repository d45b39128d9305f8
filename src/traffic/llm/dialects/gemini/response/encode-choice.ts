// One candidate while it is written: what of it stands in a whole answer, and what the last chunk of a stream
// says of it.

import { textIn, written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { TokenLogprob } from '../../../canonical/index.ts'
import { alternativesOf, tokenOf } from './logprobs.ts'
import { writeCitations } from '../citations.ts'
import type { PlacedCitation } from '../citations.ts'

export class Candidate {
  readonly citations: PlacedCitation[] = []
  /** Of the whole candidate: places are told as bytes of it. */
  text = ''
  reason: string | undefined
  /** Arguments that are no object: Google has a finish for that. */
  hasNonsense = false
  private readonly parts: JsonObject[] = []
  private logprobs: { chosen: Json[]; top: Json[] } | undefined

  /** Joined to a part of the same kind before it. */
  add(part: JsonObject): void {
    const last = this.parts.at(-1)
    const text = plainText(part)
    const before = last && plainText(last)
    if (last && before !== undefined && text !== undefined && last['thought'] === part['thought'])
      this.parts[this.parts.length - 1] = { ...last, text: before + text }
    else this.parts.push(part)
  }

  /** Google signs parts; the proof of a block stands at its last one. */
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

  /** @param parts those of the last chunk, where the others have left */
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

/** The text of a part that nobody signed. */
const plainText = (part: JsonObject) =>
  part['thoughtSignature'] === undefined ? textIn(part['text']) : undefined
