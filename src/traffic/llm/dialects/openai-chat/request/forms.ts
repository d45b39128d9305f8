// What the values of a chat request look like that guards need not read, and which blocks, media and tools
// there are.
// https://platform.openai.com/docs/api-reference/chat/create, with the settings of servers in its image
// (vLLM, SGLang, llama.cpp, OpenRouter).

import { all } from '../../../../wire/fields/all.ts'
import {
  blocks,
  free,
  id,
  media,
  mediaType,
  name,
  number,
  schema,
  servedTool,
  stored,
  text,
  word,
} from '../../../../wire/fields/form.ts'
import type { FormTable } from '../../../../wire/fields/tree.ts'

const cache = (path: string): FormTable => ({
  [`${path}.cache_control.type`]: word('ephemeral'),
  [`${path}.cache_control.ttl`]: word('5m 1h'),
  [`${path}.prompt_cache_breakpoint.mode`]: word('auto explicit'),
})

const partTypes = blocks({
  text: 'text refusal thinking input_text output_text',
  image: 'image_url image input_image',
  audio: 'input_audio audio audio_url',
  video: 'video_url video input_video',
  file: 'file document_url input_file document',
})

const partsAt = (path: string): FormTable => ({
  [`${path}.type`]: partTypes,
  [`${path}.image_url`]: media('image'),
  [`${path}.image_url.url`]: media('image'),
  [`${path}.image_url.detail`]: word('auto low high original'),
  [`${path}.image_url.format`]: mediaType,
  [`${path}.image`]: media('image'),
  [`${path}.input_image`]: media('image'),
  [`${path}.audio`]: media('audio'),
  [`${path}.audio_url`]: media('audio'),
  [`${path}.audio_url.url`]: media('audio'),
  [`${path}.input_audio`]: media('audio'),
  [`${path}.input_audio.data`]: media('audio'),
  [`${path}.input_audio.format`]: word('wav mp3 flac opus pcm16 ogg m4a aac webm'),
  [`${path}.video`]: media('video'),
  [`${path}.video_url`]: media('video'),
  [`${path}.video_url.url`]: media('video'),
  [`${path}.document_url`]: media('file'),
  [`${path}.document_url.url`]: media('file'),
  [`${path}.file`]: media('file'),
  [`${path}.file.file_data`]: media('file'),
  [`${path}.file.file_id`]: stored('file'),
  [`${path}.thinking[].type`]: blocks({ text: 'text reference' }),
  [`${path}.thinking[].text`]: text,
  ...cache(path),
})

/** What servers add to the dialect and what neither searches nor calls anything. */
const settings =
  'best_of use_beam_search length_penalty stop_token_ids include_stop_str_in_output ignore_eos min_tokens skip_special_tokens ' +
  'spaces_between_special_tokens truncate_prompt_tokens prompt_logprobs allowed_token_ids bad_words echo add_generation_prompt ' +
  'continue_final_message add_special_tokens documents chat_template chat_template_kwargs mm_processor_kwargs guided_json guided_regex ' +
  'guided_choice guided_grammar guided_decoding_backend guided_whitespace_pattern structured_outputs priority request_id logits_processors ' +
  'return_tokens_as_token_ids return_token_ids cache_salt kv_transfer_params vllm_xargs enable_thinking thinking thinking_budget reasoning ' +
  'reasoning_format include_reasoning reasoning_split safe_prompt random_seed prompt_mode top_a transforms provider route usage user_id do_sample ' +
  'tool_stream options keep_alive format raw think grammar json_schema cache_prompt n_predict typical_p regex ebnf separate_reasoning ' +
  'stream_reasoning lora_path session_params no_stop_trim custom_params extra_content extra_headers session_id trace stream_options logit_bias ' +
  'max_reasoning_tokens reasoning_budget deferred prompt_cache_retention include frequency_penalty thinking_config safety_settings'

export const forms: FormTable = {
  ...all('', settings, text),
  'documents[]': free,
  chat_template_kwargs: free,
  'metadata.*': text,
  model: name,
  'messages[].role': word('system developer user assistant tool function'),
  'messages[].content[]': text,
  ...partsAt('messages[].content[]'),
  'messages[].audio': media('audio'),
  'messages[].audio.id': stored('audio'),
  'messages[].tool_call_id': id,
  'messages[].tool_calls[].id': id,
  'messages[].tool_calls[].type': word('function custom'),
  'messages[].tool_calls[].function.name': name,
  'messages[].tool_calls[].function.arguments': free,
  'messages[].tool_calls[].custom.name': name,
  'messages[].tool_calls[].extra_content': free,
  'messages[].function_call.name': name,
  'messages[].function_call.arguments': free,
  ...all(
    'messages[]',
    'reasoning_details annotations extra_content provider_specific_fields thinking_blocks metadata',
    free,
  ),
  ...all('messages[]', 'prefix partial weight tool_name', text),
  ...cache('messages[]'),
  'prediction.type': word('content'),
  'prediction.content': text,
  ...partsAt('prediction.content[]'),
  'tools[].type': word('function custom'),
  'tools[].function.name': name,
  'tools[].function.parameters': schema,
  'tools[].custom.name': name,
  'tools[].custom.format.type': word('text grammar'),
  'tools[].custom.format.grammar.syntax': word('lark regex'),
  ...cache('tools[]'),
  'functions[].name': name,
  'functions[].parameters': schema,
  tool_choice: word('none auto required any'),
  'tool_choice.type': word('function custom allowed_tools auto none any required'),
  'tool_choice.function.name': name,
  'tool_choice.custom.name': name,
  'tool_choice.allowed_tools.mode': word('auto required'),
  'tool_choice.allowed_tools.tools': free,
  function_call: word('none auto'),
  'function_call.name': name,
  'response_format.type': word('text json_object json_schema grammar python'),
  'response_format.json_schema.name': name,
  'response_format.json_schema.schema': schema,
  'modalities[]': word('text audio image'),
  'audio.voice.id': id,
  'audio.voice': word('alloy ash ballad coral echo fable nova onyx sage shimmer verse marin cedar'),
  'audio.format': word('wav aac mp3 flac opus pcm16'),
  reasoning_effort: word('none minimal low medium high xhigh max default'),
  verbosity: word('low medium high'),
  service_tier: word('auto default flex scale priority standard standard_only batch fast'),
  prompt_cache_retention: word('in-memory in_memory 24h'),
  ...all(
    '',
    'temperature top_p top_k min_p frequency_penalty presence_penalty repetition_penalty seed n logprobs top_logprobs',
    number,
  ),
  ...all('', 'max_completion_tokens max_tokens', number),
  'logit_bias.*': number,
  ...all('', 'web_search_options plugins search_parameters enable_search web_search moderation', servedTool),
  // of Anthropic's blocks, at servers that take them here
  'messages[].content[].tool_use_id': id,
  ...all('messages[].content[]', 'annotations extra_content', free),
  'tools[].name': name,
}
