// The content that guards read in a response: for each candidate its text, thoughts, calls, code, and the
// texts that its grounding repeats. Texts of a stream are deltas; everything else comes in one piece.
// https://ai.google.dev/api/generate-content#v1beta.Candidate

import { elements, members, numberAt, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonSource, JsonSpan } from '../../../../../kit/json-spans.ts'
import { innerFields } from '../../../wire/counts.ts'
import type { SlotGroup } from '../../../../wire/facts.ts'
import type { Fields } from '../../../../wire/field.ts'
import type { Slot } from '../../../../wire/slot.ts'
import { tokenSlot } from '../../../wire/tokens.ts'

export interface Candidate extends SlotGroup {
  /** Why it ended, in Google's spelling. Absent while it continues. */
  finish?: string
  hasCalls: boolean
  /** Members of its `groundingMetadata`. */
  grounding: Fields
}

/** @throws JsonFault for a repeated key */
export function readCandidates(source: JsonSource, fields: Fields): Candidate[] {
  return objectsAt(source, fields.get('candidates')).map((candidate, position) =>
    readCandidate(source, candidate, position),
  )
}

function readCandidate(source: JsonSource, fields: Fields, position: number): Candidate {
  const index = fields.get('index')
  const candidate: Candidate = {
    index: index?.kind === 'number' ? numberAt(source, index) : position,
    slots: [],
    isOver: false,
    repeats: [],
    hasCalls: false,
    grounding: innerFields(source, fields, 'groundingMetadata'),
  }
  const finish = fields.get('finishReason')
  if (finish?.kind === 'string' && finish.end - finish.start > 2) {
    candidate.finish = stringAt(source, finish)
    candidate.isOver = true
  }
  const root = `choice/${candidate.index}`
  objectsAt(source, innerFields(source, fields, 'content').get('parts')).forEach((part, place) =>
    readPart(source, part, candidate, root, place),
  )
  readGrounding(source, candidate.grounding, candidate, root)
  const logprobs = fields.get('logprobsResult')
  if (logprobs?.kind === 'object') {
    candidate.repeats.push({ span: logprobs, blank: '{}' })
    candidate.slots.push(
      ...tokenSlot(source, [members(source, logprobs).get('chosenCandidates')], `${root}/logprobs`),
    )
  }
  return candidate
}

const silent = new Set([
  'text',
  'thought',
  'thoughtSignature',
  'inlineData',
  'fileData',
  'videoMetadata',
  'partMetadata',
  'mediaResolution',
])

function readPart(source: JsonSource, part: Fields, candidate: Candidate, root: string, place: number): void {
  const isThought = part.get('thought')
  const text = part.get('text')
  if (text?.kind === 'string') {
    const isReasoning = isThought?.kind === 'boolean' && isThought.end - isThought.start === 4
    addText(
      candidate,
      text,
      isReasoning ? `${root}/reasoning` : `${root}/text`,
      isReasoning ? 'reasoning' : 'text',
    )
  }
  for (const [name, span] of part) {
    if (silent.has(name) || span.kind !== 'object') continue
    const isCall = name === 'functionCall'
    if (isCall) candidate.hasCalls = true
    const read = isCall ? members(source, span).get('args') : span
    const kind = isCall || name === 'executableCode' || name === 'toolCall' ? 'tool-arguments' : 'tool-result'
    if (read?.kind === 'object') addWhole(candidate, read, `${root}/${isCall ? 'tool' : name}/${place}`, kind)
    if (isCall) readPartialArgs(source, members(source, span), candidate, `${root}/tool/${place}`)
  }
}

/**
 * The texts of streamed arguments, each for a path.
 * https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling
 */
function readPartialArgs(source: JsonSource, call: Fields, candidate: Candidate, root: string): void {
  const isPartial =
    call.get('willContinue') !== undefined || call.get('partialArgs') !== undefined || !call.has('args')
  if (isPartial)
    candidate.slots.push({
      channel: `${root}/call`,
      kind: 'tool-arguments',
      escaping: 'none',
      spans: [],
      isLast: !isTrue(call.get('willContinue')),
    })
  for (const arg of objectsAt(source, call.get('partialArgs'))) {
    const path = arg.get('jsonPath')
    const text = arg.get('stringValue')
    if (text?.kind !== 'string') continue
    const channel = `${root}/${path?.kind === 'string' ? stringAt(source, path) : ''}`
    const known = candidate.slots.find((slot) => slot.channel === channel)
    if (known) known.spans.push(text)
    else candidate.slots.push({ channel, kind: 'tool-arguments', escaping: 'none', spans: [text] })
    const slot = known ?? candidate.slots.at(-1)
    // Later texts need not wait for more of this one.
    if (slot) slot.isLast = !isTrue(arg.get('willContinue'))
  }
}

const isTrue = (span: JsonSpan | undefined) => span?.kind === 'boolean' && span.end - span.start === 4

/** It repeats parts of the response, the search queries, and passages from the caller's own files. */
function readGrounding(source: JsonSource, grounding: Fields, candidate: Candidate, root: string): void {
  if (grounding.size === 0) return
  objectsAt(source, grounding.get('groundingSupports')).forEach((support, place) =>
    addWhole(
      candidate,
      innerFields(source, support, 'segment').get('text'),
      `${root}/grounding/${place}`,
      'text',
    ),
  )
  objectsAt(source, grounding.get('groundingChunks')).forEach((chunk, place) =>
    addWhole(
      candidate,
      innerFields(source, chunk, 'retrievedContext').get('text'),
      `${root}/source/${place}`,
      'tool-result',
    ),
  )
  for (const name of ['webSearchQueries', 'imageSearchQueries', 'retrievalQueries']) {
    const queries = grounding.get(name)
    if (queries?.kind !== 'array') continue
    elements(source, queries).forEach((query, place) =>
      addWhole(candidate, query, `${root}/${name}/${place}`, 'tool-arguments'),
    )
  }
  addWhole(
    candidate,
    innerFields(source, grounding, 'searchEntryPoint').get('renderedContent'),
    `${root}/searchEntryPoint`,
    'tool-arguments',
  )
}

/** Parts of one channel within one chunk are one slot: edits use offsets that run through all of them. */
function addText(candidate: Candidate, span: JsonSpan, channel: string, kind: Slot['kind']): void {
  const known = candidate.slots.find((slot) => slot.channel === channel)
  if (known) known.spans.push(span)
  else candidate.slots.push({ channel, kind, escaping: 'none', spans: [span] })
}

function addWhole(
  candidate: Candidate,
  span: JsonSpan | undefined,
  channel: string,
  kind: Slot['kind'],
): void {
  if (span?.kind !== 'string' && span?.kind !== 'object') return
  candidate.slots.push({
    channel,
    kind,
    escaping: span.kind === 'string' ? 'none' : 'json-text',
    form: 'whole',
    spans: [span],
  })
}

function objectsAt(source: JsonSource, span: JsonSpan | undefined): Fields[] {
  return span?.kind === 'array'
    ? elements(source, span).flatMap((each) => (each.kind === 'object' ? [members(source, each)] : []))
    : []
}
