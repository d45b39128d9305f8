// Rows of messages and their parts.

import { below, each, withoutMeanings } from '../../../fields/index.ts'
import type { FieldRows } from '../../../fields/index.ts'
import { blocks, free, id, media, mediaType, name, stored, text, word } from '../../../../wire/fields/form.ts'

/** OpenAI caches prefixes without marks, and compatible servers refuse marks. */
export const cacheControl: FieldRows = {
  cache_control: { means: 'cache', sends: [] },
  'cache_control.type': { means: 'ignored', form: word('ephemeral') },
  'cache_control.ttl': { means: 'cache-ttl', sends: [], form: word('5m 1h') },
}

export const cacheBreakpoint: FieldRows = {
  prompt_cache_breakpoint: { means: 'cache', sends: [] },
  'prompt_cache_breakpoint.mode': { means: 'ignored', form: word('auto explicit') },
  // cache lifetimes that no other vendor offers
  'prompt_cache_breakpoint.ttl': { means: 'lost' },
}

const partTypes = blocks({
  text: 'text refusal thinking input_text output_text',
  image: 'image_url image input_image',
  audio: 'input_audio audio audio_url',
  video: 'video_url video input_video',
  file: 'file document_url input_file document',
})

const parts: FieldRows = {
  type: { means: 'structure', form: partTypes },
  text: { means: 'structure' },
  refusal: { means: 'refusal' },
  image_url: { means: 'image', names: ['image-url'], form: media('image') },
  'image_url.url': { means: ['image', 'image-url'], form: media('image') },
  'image_url.detail': { means: 'image-detail', form: word('auto low high original') },
  input_audio: { means: 'audio', form: media('audio') },
  'input_audio.data': { means: 'audio', form: media('audio') },
  'input_audio.format': { means: 'audio', form: word('wav mp3 flac opus pcm16 ogg m4a aac webm') },
  // a kind of part that some vendors accept (`ChatWords.documents`)
  document_url: { means: ['file', 'file-url'], sends: [], form: media('file') },
  'document_url.url': { means: ['file', 'file-url'], sends: [], form: media('file') },
  video_url: { means: 'video', sends: [], form: media('video') },
  'video_url.url': { means: 'video', sends: [], form: media('video') },
  file: { means: 'file', sends: ['file', 'file-text'], names: ['file', 'file-url'], form: media('file') },
  'file.file_data': { means: 'file', form: media('file') },
  'file.file_id': { means: 'stored-media', names: ['stored-media'], form: stored('file') },
  'file.filename': { means: 'file-about' },
  thinking: { means: 'unsigned-reasoning' },
  'thinking[].type': { form: blocks({ text: 'text reference' }) },
  'thinking[].text': { form: text },
  ...cacheControl,
  ...cacheBreakpoint,
}

/** Parts of other servers. */
const otherParts: FieldRows = {
  'image_url.format': { form: mediaType },
  ...each('', 'image input_image', { form: media('image') }),
  ...each('', 'audio audio_url audio_url.url', { form: media('audio') }),
  video: { form: media('video') },
}

export const messageRows: FieldRows = {
  messages: { means: 'structure' },
  'messages[].role': {
    means: 'structure',
    sends: ['developer', 'instruction-inside', 'instructions-only', 'assistant-first'],
    // OpenAI's models begin a new message instead of continuing the last one
    names: ['prefill'],
    form: word('system developer user assistant tool function'),
  },
  'messages[].name': { means: 'participant-name' },
  'messages[].refusal': { means: 'refusal' },
  'messages[].audio': { means: ['assistant-media', 'stored-media'], sends: [], form: media('audio') },
  'messages[].audio.id': { means: 'stored-media', form: stored('audio') },
  'messages[].reasoning_content': { means: 'unsigned-reasoning' },
  'messages[].reasoning': { means: 'unsigned-reasoning' },
  'messages[].reasoning_details': { means: 'given-reasoning', form: free },
  'messages[].annotations': { means: 'lost', form: free },
  'messages[].function_call': { means: 'structure' },
  'messages[].function_call.name': { means: 'structure', form: name },
  'messages[].function_call.arguments': { means: 'structure', form: free },
  'messages[].tool_call_id': { means: 'structure', form: id },
  'messages[].tool_calls': { means: 'structure', names: ['missing-result'] },
  'messages[].tool_calls[].id': { means: 'structure', form: id },
  'messages[].tool_calls[].type': { means: 'structure', form: word('function custom') },
  // only in stream events
  'messages[].tool_calls[].index': { means: 'ignored' },
  'messages[].tool_calls[].extra_content': { means: 'signature', form: free },
  'messages[].tool_calls[].function': { means: 'structure' },
  'messages[].tool_calls[].function.name': { means: 'structure', form: name },
  'messages[].tool_calls[].function.arguments': { means: 'structure', form: free },
  'messages[].tool_calls[].custom': { means: 'custom-tool' },
  'messages[].tool_calls[].custom.name': { means: 'custom-tool', form: name },
  'messages[].tool_calls[].custom.input': { means: 'custom-tool' },
  'messages[].content': { means: 'structure' },
  // Tool messages hold text only. Media of a tool result follow in a user message.
  'messages[].content[]': { sends: ['native', 'tool-result-media'], form: text },
  ...below('messages[].content[]', { ...parts, ...otherParts }),
  // members that other servers accept
  ...below('messages[]', withoutMeanings({ ...cacheControl, ...cacheBreakpoint })),
  ...each('messages[]', 'extra_content provider_specific_fields thinking_blocks metadata', { form: free }),
  ...each('messages[]', 'prefix partial weight tool_name', { form: text }),
  'messages[].content[].tool_use_id': { form: id },
  ...each('messages[].content[]', 'annotations extra_content', { form: free }),
}

/** A prediction of the response, which only affects speed. */
export const predictionRows: FieldRows = {
  prediction: { means: 'lost' },
  'prediction.type': { form: word('content') },
  'prediction.content': { form: text },
  ...below('prediction.content[]', withoutMeanings({ ...parts, ...otherParts })),
}
