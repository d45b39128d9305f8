// What an answer says beside its vectors: usage, an error in its place. Vectors are nobody's words: guards read none of them.

import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { objectIn } from '../../../canonical/index.ts'
import { readAnswer } from '../../../wire/answer.ts'
import type { AnswerFacts } from '../../../wire/facts.ts'
import { faultOfEvent, readError } from '../../../wire/faults.ts'
import { jsonAt } from '../../../wire/field.ts'
import { wholeDialect } from '../../../wire/whole-dialect.ts'
import { answer as generated } from '../answer.ts'
import { refineFault } from '../fault.ts'
import { unread } from '../unread.ts'
import { wordError } from '../wording.ts'
import { usageOf } from './usage.ts'

export const title = 'a Gemini answer with embeddings'

const { refineFault: refineAnswer } = generated

export const answer = wholeDialect({
  title,
  read: (data) => readAnswer(data, title, factsOf),
  missing: ({ document: { members } }) =>
    members.get('embedding')?.kind === 'object' || members.get('embeddings')?.kind === 'array' ? undefined : 'no "embedding" and no "embeddings"',
  wordError,
  ...(refineAnswer && { refineFault: refineAnswer }),
  unread: { ...unread, plainMembers: new Set(['embedding', 'embeddings', 'usageMetadata']) },
})

function factsOf(document: JsonDocument): AnswerFacts {
  const facts: AnswerFacts = { document, groups: [] }
  const metadata = document.members.get('usageMetadata')
  const usage = metadata && usageOf(objectIn(jsonAt(document, metadata)))
  if (usage) facts.usage = usage
  const error = readError(document, document.members)
  const span = document.members.get('error')
  const body = span && objectIn(jsonAt(document, span))
  if (error) facts.fault = body ? refineFault(faultOfEvent(error), body) : faultOfEvent(error)
  return facts
}
