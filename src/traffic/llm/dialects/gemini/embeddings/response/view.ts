// What an answer says beside its vectors: usage, an error in its place. Vectors are nobody's words: guards
// read none of them.

import type { JsonDocument } from '../../../../../../kit/json-spans.ts'
import { objectIn } from '../../../../../../kit/json.ts'
import { readResponseJson } from '../../../../../wire/response-json.ts'
import type { ResponseFacts } from '../../../../../wire/facts.ts'
import { faultOfEvent, readError } from '../../../../wire/faults.ts'
import { jsonAt } from '../../../../../wire/field.ts'
import { hasElements, wholeDialect } from '../../../../wire/whole-dialect.ts'
import { forms } from '../../response/forms.ts'
import { wordError } from '../../errors.ts'
import { readUsage } from '../usage.ts'

export const title = 'a Gemini answer with embeddings'

export const responseDialect = wholeDialect({
  title,
  read: (data) => readResponseJson(data, title, factsOf),
  missing: ({ document }) =>
    document.members.get('embedding')?.kind === 'object' || hasElements(document, 'embeddings')
      ? undefined
      : 'no "embedding" and no "embeddings"',
  wordError,
  forms,
})

function factsOf(document: JsonDocument): ResponseFacts {
  const facts: ResponseFacts = { document, groups: [] }
  const metadata = document.members.get('usageMetadata')
  const usage = metadata && readUsage(objectIn(jsonAt(document, metadata)))
  if (usage) facts.usage = usage
  const error = readError(document, document.members)
  if (error) facts.fault = faultOfEvent(error)
  return facts
}
