// One row for each member of a Responses request (fields/row.ts explains rows).
// https://platform.openai.com/docs/api-reference/responses/create

import { createTable, each, withForms } from '../../../fields/index.ts'
import type { FieldRows, GenerateTable } from '../../../fields/index.ts'
import { id, name, number, schema, servedTool, text, word } from '../../../../wire/fields/form.ts'
import { writeTopLogprobs } from '../../../wire/openai/logprobs.ts'
import { itemAt, partAt } from '../content-forms.ts'
import { itemRows } from './turn-rows.ts'
import { limits } from './limits.ts'
import { toolRows } from './tool-rows.ts'

const textRows: FieldRows = {
  text: { means: ['json-output', 'schema-output', 'verbosity'] },
  'text.format': {
    means: ['json-output', 'schema-output'],
    names: ['json-output'],
    defaults: [{ type: 'text' }],
  },
  'text.format.type': { means: 'structure', form: word('text json_schema json_object') },
  'text.format.schema': {
    means: 'verbatim',
    sends: ['schema-bounds'],
    names: ['schema-output'],
    form: schema,
  },
  'text.format.name': { means: 'schema-name', form: name },
  'text.format.description': { means: 'schema-name' },
  'text.format.strict': { means: 'strict-schema' },
  'text.verbosity': { means: 'verbosity', names: ['verbosity'], form: word('low medium high') },
}

const summaries = word('auto concise detailed')

/** encode.ts writes the effort and summary that the model accepts. */
const reasoning: FieldRows = {
  reasoning: { means: ['reasoning-effort', 'reasoning-summary'] },
  'reasoning.effort': {
    means: 'reasoning-effort',
    names: ['reasoning-effort'],
    form: word('none minimal low medium high xhigh max'),
    write: false,
  },
  'reasoning.summary': {
    means: 'reasoning-summary',
    names: ['reasoning-summary'],
    form: summaries,
    write: false,
  },
  // the older name
  'reasoning.generate_summary': { means: 'reasoning-summary', form: summaries, write: false },
  'reasoning.context': { means: 'lost', defaults: ['auto'], form: word('auto none all') },
  'reasoning.mode': { means: 'lost', defaults: ['standard'], form: word('standard pro') },
}

const included =
  'file_search_call.results web_search_call.results web_search_call.action.sources message.input_image.image_url ' +
  'computer_call_output.output.image_url code_interpreter_call.outputs reasoning.encrypted_content message.output_text.logprobs'

const output: FieldRows = {
  temperature: { means: 'temperature', form: number },
  top_p: { means: 'top-p', form: number },
  max_output_tokens: { means: 'max-output', form: number },
  ...reasoning,
  // together with `include`: decode.ts
  top_logprobs: { means: 'logprobs', form: number, read: false, write: writeTopLogprobs },
  // each of its values is decided separately; encrypted reasoning is always included
  include: { means: 'structure', defaults: [['reasoning.encrypted_content']] },
  'include[]': { form: word(included) },
  'stream_options.include_obfuscation': { means: 'lost', defaults: [false] },
}

const account: FieldRows = {
  service_tier: {
    means: 'service-tier',
    defaults: ['auto'],
    form: word('auto default flex scale priority standard fast'),
  },
  safety_identifier: { means: 'user' },
  // the older name
  user: { means: 'user', names: ['user'], write: false },
  metadata: { means: 'metadata' },
  'metadata.*': { form: text },
  prompt_cache_key: { means: 'cache-key' },
  prompt_cache_options: { means: 'lost' },
  prompt_cache_retention: { means: 'lost', form: word('in-memory in_memory 24h') },
  // the gateway itself keeps responses of all providers
  store: { means: 'ignored', sends: ['store'] },
}

/** Members that only OpenAI has. */
const openaisOwn: FieldRows = {
  truncation: { means: 'lost', defaults: ['disabled'], form: word('auto disabled') },
  context_management: { means: 'lost' },
  'context_management[].type': { form: word('compaction') },
  'context_management[].compact_threshold': { form: number },
  // for the vendor's own tools, which are refused anyway
  max_tool_calls: { means: 'lost', form: number },
  // which of OpenAI's own programs may be used
  access_programs: { means: 'lost' },
  image: { means: 'lost' },
  background: { means: 'refused', defaults: [false] },
  background_options: { means: 'lost' },
  conversation: { means: 'refused', form: id },
  'conversation.id': { form: id },
  moderation: { means: 'refused', form: servedTool },
  // `state/` has replaced it with the earlier conversation before a translation sees the request
  previous_response_id: { means: 'refused', form: id },
  prompt: { means: 'refused' },
  'prompt.id': { form: id },
  ...each('prompt', 'version variables variables.*', { form: text }),
}

/** Settings of other servers. */
const otherServers: FieldRows = {
  ...each('', 'seed top_k', { form: number }),
  ...each('', 'web_search_options plugins search_parameters enable_search web_search', { form: servedTool }),
  ...each('', 'presence_penalty frequency_penalty repetition_penalty min_p chat_template_kwargs provider', {
    form: text,
  }),
}

export const table: GenerateTable = createTable({
  rows: {
    model: { means: 'structure', form: name },
    instructions: { means: 'structure', sends: ['instructions-only'] },
    input: { means: 'structure' },
    stream: { means: 'structure' },
    stream_options: { means: 'structure' },
    ...toolRows,
    ...textRows,
    ...output,
    ...account,
    ...itemRows,
    ...withForms({}, itemAt('instructions[]')),
    ...openaisOwn,
    ...withForms({}, partAt('prompt.variables.*')),
    ...otherServers,
  },
  contents: ['input', 'instructions', 'prompt'],
  limits,
})
