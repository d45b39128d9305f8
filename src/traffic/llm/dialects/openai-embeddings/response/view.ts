// What an answer says beside its vectors: usage, the model, an error in its place. Vectors are nobody's
// words: guards read none of them.

import { forms } from './forms.ts'
import { stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { objectIn } from '../../../../../kit/json.ts'
import { readResponseJson } from '../../../../wire/response-json.ts'
import type { ResponseFacts } from '../../../../wire/facts.ts'
import { faultOfEvent, readError } from '../../../wire/faults.ts'
import { jsonAt } from '../../../../wire/field.ts'
import { wordError } from '../../../wire/openai/wording.ts'
import { termIn } from '../../../wire/tier.ts'
import { hasElements, wholeDialect } from '../../../wire/whole-dialect.ts'
import { readUsage } from '../usage.ts'

export const title = 'an OpenAI list of embeddings'

export const responseDialect = wholeDialect({
  title,
  read: (data) => readResponseJson(data, title, factsOf),
  missing: ({ document }) => (hasElements(document, 'data') ? undefined : 'no vectors in "data"'),
  wordError,
  forms,
})

function factsOf(document: JsonDocument): ResponseFacts {
  const facts: ResponseFacts = { document, groups: [] }
  const usage = document.members.get('usage')
  const told = usage && readUsage(objectIn(jsonAt(document, usage)))
  const term = termIn(document, document.members)
  if (told) facts.usage = term === undefined ? told : { ...told, terms: [term] }
  const error = readError(document, document.members)
  if (error) facts.fault = faultOfEvent(error)
  const model = document.members.get('model')
  if (model?.kind === 'string') facts.upstreamModel = stringAt(document, model)
  return facts
}
