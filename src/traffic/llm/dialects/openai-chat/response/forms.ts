// The values of chat responses, stream events and errors that guards need not read.
// https://platform.openai.com/docs/api-reference/chat/object

import { all } from '../../../../wire/fields/all.ts'
import { id, media, name, number, text, time, word } from '../../../../wire/fields/form.ts'
import type { FormTable } from '../../../../wire/fields/tree.ts'
import { openaiErrors } from '../../../wire/openai/error-forms.ts'

const messageAt = (path: string): FormTable => ({
  [`${path}.role`]: word('assistant user system developer tool'),
  ...all(path, 'content refusal reasoning reasoning_content', text),
  [`${path}.content[].type`]: word('text thinking refusal image_url reference'),
  ...all(`${path}.content[]`, 'text thinking', text),
  ...all(`${path}.content[].thinking[]`, 'text', text),
  [`${path}.content[].thinking[].type`]: word('text'),
  [`${path}.tool_calls[].index`]: number,
  [`${path}.tool_calls[].id`]: id,
  [`${path}.tool_calls[].type`]: word('function custom'),
  [`${path}.tool_calls[].function.name`]: name,
  [`${path}.tool_calls[].function.arguments`]: text,
  [`${path}.tool_calls[].custom.name`]: name,
  [`${path}.tool_calls[].custom.input`]: text,
  [`${path}.function_call.name`]: name,
  [`${path}.function_call.arguments`]: text,
  [`${path}.audio.id`]: id,
  [`${path}.audio.data`]: media('audio'),
  [`${path}.audio.expires_at`]: time,
  [`${path}.audio.transcript`]: text,
  [`${path}.annotations[].type`]: word('url_citation file file_citation'),
  ...all(`${path}.annotations[].url_citation`, 'title url', text),
  ...all(`${path}.annotations[].url_citation`, 'start_index end_index', number),
  [`${path}.images[].type`]: word('image_url'),
  [`${path}.images[].image_url.url`]: media('image'),
  [`${path}.reasoning_details[].type`]: word('reasoning.text reasoning.summary reasoning.encrypted'),
  ...all(`${path}.reasoning_details[]`, 'text summary', text),
})

const tokensAt = (path: string): FormTable => ({
  ...all(path, 'logprob', number),
  [`${path}.token`]: text,
  [`${path}.bytes[]`]: number,
})

const choice: FormTable = {
  ...all('choices[]', 'index', number),
  'choices[].finish_reason': word('stop length tool_calls content_filter function_call error eos'),
  ...messageAt('choices[].delta'),
  ...messageAt('choices[].message'),
  ...tokensAt('choices[].logprobs.content[]'),
  ...tokensAt('choices[].logprobs.refusal[]'),
  ...tokensAt('choices[].logprobs.content[].top_logprobs[]'),
  ...tokensAt('choices[].logprobs.refusal[].top_logprobs[]'),
}

const usageAt = (path: string): FormTable => ({
  ...all(
    path,
    'prompt_tokens completion_tokens total_tokens cost prompt_cache_hit_tokens prompt_cache_miss_tokens num_search_queries',
    number,
  ),
  ...all(
    `${path}.prompt_tokens_details`,
    'cached_tokens audio_tokens text_tokens image_tokens cache_write_tokens cache_creation_tokens',
    number,
  ),
  ...all(
    `${path}.completion_tokens_details`,
    'reasoning_tokens audio_tokens text_tokens image_tokens',
    number,
  ),
  ...all(
    `${path}.completion_tokens_details`,
    'accepted_prediction_tokens rejected_prediction_tokens',
    number,
  ),
  ...all(path, 'queue_time prompt_time completion_time total_time is_byok reasoning_tokens', number),
  ...all(
    `${path}.cost_details`,
    'upstream_inference_cost upstream_inference_prompt_cost upstream_inference_completions_cost',
    number,
  ),
})

export const forms: FormTable = {
  id,
  object: word('chat.completion chat.completion.chunk error'),
  created: time,
  model: name,
  system_fingerprint: id,
  service_tier: word('auto default flex scale priority standard on_demand batch fast'),
  ...choice,
  ...usageAt('usage'),
  ...usageAt('choices[].usage'),
  ...usageAt('x_groq.usage'),
  'x_groq.id': id,
  obfuscation: text,
  ...all('prompt_filter_results[]', 'prompt_index', number),
  ...openaiErrors,
}
