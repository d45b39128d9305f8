// Requested settings of a Responses request.

import { at, canonical, isObject, listed, texted } from '../json.ts'
import { callOf, media, numbers, textIn, toolOf } from './openai-chat.ts'
import type { Said, Wish } from './wish.ts'

const instructing = new Set<unknown>(['system', 'developer'])

export function responsesWish(request: unknown): Wish {
  const input = at(request, 'input')
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : listed(input)
  const instructions = texted(at(request, 'instructions'))
  const schema = at(request, 'text', 'format', 'schema')
  return {
    system: [
      ...(instructions === undefined ? [] : [instructions]),
      ...items.filter((item) => instructing.has(at(item, 'role'))).map((item) => textIn(at(item, 'content'))),
    ].join('\n'),
    said: items.flatMap((item) => (instructing.has(at(item, 'role')) ? [] : saidIn(item))),
    tools: [...listed(at(request, 'tools')), ...items.flatMap((item) => listed(at(item, 'tools')))].flatMap(
      (tool) => (['function', 'custom'].includes(String(at(tool, 'type'))) ? toolOf(tool) : []),
    ),
    settings: {
      ...numbers({
        maxTokens: at(request, 'max_output_tokens'),
        temperature: at(request, 'temperature'),
        topP: at(request, 'top_p'),
      }),
      ...(isObject(schema) && { schema: canonical(schema) }),
    },
  }
}

function saidIn(item: unknown): Said[] {
  const type = at(item, 'type')
  const name = texted(at(item, 'name')) ?? ''
  if (type === 'function_call') return [callOf(name, texted(at(item, 'arguments')) ?? '')]
  if (type === 'custom_tool_call') return [callOf(name, texted(at(item, 'input')) ?? '')]
  if (type === 'function_call_output' || type === 'custom_tool_call_output') {
    const output = at(item, 'output')
    return [{ role: 'user', kind: 'result', text: textIn(output) }, ...listed(output).flatMap(mediaIn)]
  }
  if (type !== undefined && type !== 'message') return []
  const role = at(item, 'role') === 'assistant' ? 'assistant' : 'user'
  const content = at(item, 'content')
  if (typeof content === 'string') return [{ role, kind: 'text', text: content }]
  return listed(content).flatMap((part): Said[] => {
    const text = texted(at(part, 'text')) ?? texted(at(part, 'refusal'))
    return text === undefined ? mediaIn(part) : [{ role, kind: 'text', text }]
  })
}

function mediaIn(part: unknown): Said[] {
  const place =
    texted(at(part, 'image_url')) ??
    texted(at(part, 'file_data')) ??
    texted(at(part, 'file_url')) ??
    texted(at(part, 'input_audio', 'data'))
  return place === undefined ? [] : [media(place)]
}
