// One row for each member of a chat request (fields/row.ts explains rows).
// https://platform.openai.com/docs/api-reference/chat/create, with members that compatible servers added
// (top_k, min_p, reasoning_content, cache_control; vLLM, SGLang, llama.cpp, OpenRouter).

import { createTable, each, readTextOrTexts } from '../../../fields/index.ts'
import type { FieldRows, GenerateTable } from '../../../fields/index.ts'
import { free, id, name, number, schema, servedTool, text, word } from '../../../../wire/fields/form.ts'
import { writeTopLogprobs } from '../../../wire/openai/logprobs.ts'
import { limits } from './limits.ts'
import { messageRows, predictionRows } from './turn-rows.ts'
import { readEffort, readLogprobs } from './settings.ts'
import { toolRows } from './tool-rows.ts'

const outputFormat: FieldRows = {
  response_format: { means: ['json-output', 'schema-output'], defaults: [{ type: 'text' }] },
  'response_format.type': {
    means: 'structure',
    form: word('text json_object json_schema grammar python'),
  },
  'response_format.json_schema': { means: 'schema-output', names: ['schema-output'] },
  'response_format.json_schema.name': { means: 'schema-name', form: name },
  'response_format.json_schema.description': { means: 'schema-name' },
  'response_format.json_schema.schema': { means: 'verbatim', sends: ['schema-bounds'], form: schema },
  'response_format.json_schema.strict': { means: 'strict-schema' },
}

const sampling: FieldRows = {
  temperature: { means: 'temperature', form: number },
  top_p: { means: 'top-p', form: number },
  // OpenAI refuses these two; providers/vendors.ts lists the vendors that accept them
  top_k: { means: 'top-k', sends: [], form: number },
  min_p: { means: 'min-p', sends: [], form: number },
  frequency_penalty: { means: 'frequency-penalty', form: number },
  presence_penalty: { means: 'presence-penalty', form: number },
  repetition_penalty: { means: 'lost', form: number },
  seed: { means: 'seed', form: number, nameAt: ({ words }) => words?.seed },
  logit_bias: { means: 'logit-bias' },
  'logit_bias.*': { form: number },
}

const output: FieldRows = {
  max_completion_tokens: {
    means: 'max-output',
    form: number,
    nameAt: ({ outputLimitField }) => outputLimitField,
  },
  // the older name
  max_tokens: { means: 'max-output', form: number, write: false },
  stop: { means: 'stop', read: readTextOrTexts },
  // encode-reasoning.ts writes it, because vendors use different members for it
  reasoning_effort: {
    means: 'reasoning-effort',
    form: word('none minimal low medium high xhigh max default'),
    read: readEffort,
    write: false,
  },
  verbosity: { means: 'verbosity', form: word('low medium high') },
  n: { means: 'count', form: number },
  logprobs: { means: 'logprobs', form: number, read: readLogprobs, write: () => true },
  top_logprobs: { means: 'logprobs', form: number, read: readLogprobs, write: writeTopLogprobs },
  modalities: { means: ['audio-output', 'image-output'], sends: ['audio-output'], defaults: [['text']] },
  'modalities[]': { form: word('text audio image') },
  audio: { means: 'audio-output' },
  'audio.voice': {
    means: 'audio-output',
    form: word('alloy ash ballad coral echo fable nova onyx sage shimmer verse marin cedar'),
  },
  // a custom voice of the caller, which only OpenAI has
  'audio.voice.id': { means: 'refused', form: id },
  'audio.format': { means: 'audio-format', form: word('wav aac mp3 flac opus pcm16') },
}

const account: FieldRows = {
  service_tier: {
    means: 'service-tier',
    defaults: ['auto'],
    form: word('auto default flex scale priority standard standard_only batch fast'),
  },
  safety_identifier: { means: 'user', nameAt: ({ words }) => words?.user },
  // the older name
  user: { means: 'user', names: ['user'], write: false },
  metadata: { means: 'metadata' },
  'metadata.*': { form: text },
  prompt_cache_key: { means: 'cache-key' },
  prompt_cache_options: { means: 'lost' },
  prompt_cache_retention: { means: 'lost', form: word('in-memory in_memory 24h') },
  store: { means: 'store' },
}

/** Settings of other servers that trigger no search and no call. */
const otherSettings =
  'best_of use_beam_search length_penalty stop_token_ids include_stop_str_in_output ignore_eos min_tokens skip_special_tokens ' +
  'spaces_between_special_tokens truncate_prompt_tokens prompt_logprobs allowed_token_ids bad_words echo add_generation_prompt ' +
  'continue_final_message add_special_tokens documents chat_template mm_processor_kwargs guided_json guided_regex ' +
  'guided_choice guided_grammar guided_decoding_backend guided_whitespace_pattern structured_outputs priority request_id logits_processors ' +
  'return_tokens_as_token_ids return_token_ids cache_salt kv_transfer_params vllm_xargs enable_thinking thinking thinking_budget reasoning ' +
  'reasoning_format include_reasoning reasoning_split safe_prompt random_seed prompt_mode top_a transforms provider route usage user_id do_sample ' +
  'tool_stream options keep_alive format raw think grammar json_schema cache_prompt n_predict typical_p regex ebnf separate_reasoning ' +
  'stream_reasoning lora_path session_params no_stop_trim custom_params extra_content extra_headers session_id trace ' +
  'max_reasoning_tokens reasoning_budget deferred include thinking_config safety_settings'

const otherServers: FieldRows = {
  ...each('', otherSettings, { form: text }),
  'documents[]': { form: free },
  chat_template_kwargs: { form: free },
  ...each('', 'search_parameters enable_search web_search', { form: servedTool }),
}

export const table: GenerateTable = createTable({
  rows: {
    model: { means: 'structure', form: name },
    ...messageRows,
    stream: { means: 'structure' },
    stream_options: { means: 'structure' },
    // it changes how the response is written, which the encoder decides
    'stream_options.include_usage': { means: 'ignored' },
    'stream_options.include_obfuscation': { means: 'lost', defaults: [false] },
    ...toolRows,
    ...outputFormat,
    ...sampling,
    ...output,
    ...account,
    ...predictionRows,
    ...each('', 'web_search_options plugins moderation', { means: 'refused', form: servedTool }),
    ...otherServers,
  },
  contents: ['messages', 'prediction'],
  limits,
})
