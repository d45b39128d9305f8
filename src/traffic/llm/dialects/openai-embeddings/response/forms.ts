// What the values of a list of embeddings look like that guards need not read.
// https://platform.openai.com/docs/api-reference/embeddings/object

import { all } from '../../../../wire/fields/all.ts'
import { id, name, number, time, vector, word } from '../../../../wire/fields/form.ts'
import type { FormTable } from '../../../../wire/fields/tree.ts'
import { openaiErrors } from '../../../wire/openai/error-forms.ts'

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
