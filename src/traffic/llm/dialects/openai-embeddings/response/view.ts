// The lens on a response: usage, the model, or an error. Guards do not read it, because vectors hold no text.

import { stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { countIn, objectIn } from '../../../../../kit/json.ts'
import { readResponseJson } from '../../../../wire/response-json.ts'
import type { ResponseFacts } from '../../../../wire/facts.ts'
import { faultOfEvent, readError } from '../../../wire/faults.ts'
import { jsonAt } from '../../../../wire/field.ts'
import { writeError } from '../../../wire/openai/wording.ts'
import { termIn } from '../../../wire/tier.ts'
import { hasElements, wholeDialect } from '../../../wire/whole-dialect.ts'
import type { Usage } from '../../../../../contract/usage.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import { all } from '../../../../wire/fields/all.ts'
import { id, name, number, time, vector, word } from '../../../../wire/fields/form.ts'
import type { FormTable } from '../../../../wire/fields/tree.ts'
import { openaiErrors } from '../../../wire/openai/error-forms.ts'

export const title = 'an OpenAI list of embeddings'

/** The values that guards need not read. https://platform.openai.com/docs/api-reference/embeddings/object */
export const forms: FormTable = {
  id,
  object: word('list embedding'),
  created: time,
  model: name,
  'data[].object': word('embedding'),
  'data[].index': number,
  'data[].embedding': vector,
  'data[].embedding[]': vector,
  ...all('usage', 'prompt_tokens total_tokens completion_tokens cost total_time', number),
  ...openaiErrors,
}

export const responseDialect = wholeDialect({
  title,
  read: (data) => readResponseJson(data, title, factsOf),
  missing: ({ document }) => (hasElements(document, 'data') ? undefined : 'no vectors in "data"'),
  writeError,
  forms,
})

function factsOf(document: JsonDocument): ResponseFacts {
  const facts: ResponseFacts = { document, groups: [] }
  const usage = document.members.get('usage')
  const counts = usage && readUsage(objectIn(jsonAt(document, usage)))
  const term = termIn(document, document.members)
  if (counts) facts.usage = term === undefined ? counts : { ...counts, terms: [term] }
  const error = readError(document, document.members)
  if (error) facts.fault = faultOfEvent(error)
  const model = document.members.get('model')
  if (model?.kind === 'string') facts.upstreamModel = stringAt(document, model)
  return facts
}

/** Some servers report only the total, which is the same: there is no output. */
export function readUsage(usage: JsonObject | undefined): Usage | undefined {
  const inputTokens = countIn(usage?.['prompt_tokens']) ?? countIn(usage?.['total_tokens'])
  return inputTokens === undefined ? undefined : { inputTokens, outputTokens: 0 }
}

export const writeUsage = ({ inputTokens = 0 }: Usage): JsonObject => ({
  prompt_tokens: inputTokens,
  total_tokens: inputTokens,
})
