// Requested settings of a Messages request.

import { at, canonical, isObject, listed, texted } from '../json.ts'
import { callOf, media, numbers, textIn } from './openai-chat.ts'
import type { Said, Wish } from './wish.ts'

export function anthropicWish(request: unknown): Wish {
  const messages = listed(at(request, 'messages'))
  const stop = at(request, 'stop_sequences')
  const schema = at(request, 'output_config', 'format', 'schema') ?? at(request, 'output_format', 'schema')
  return {
    system: [
      textIn(at(request, 'system')),
      ...messages
        .filter((message) => at(message, 'role') === 'system')
        .map((message) => textIn(at(message, 'content'))),
    ]
      .filter((text) => text !== '')
      .join('\n'),
    said: messages.flatMap((message) => (at(message, 'role') === 'system' ? [] : saidIn(message))),
    tools: listed(at(request, 'tools')).flatMap((tool) =>
      isObject(at(tool, 'input_schema')) ? [texted(at(tool, 'name')) ?? ''] : [],
    ),
    settings: {
      ...numbers({
        maxTokens: at(request, 'max_tokens'),
        temperature: at(request, 'temperature'),
        topP: at(request, 'top_p'),
      }),
      ...(Array.isArray(stop) && { stop: stop.map(String) }),
      ...(isObject(schema) && { schema: canonical(schema) }),
    },
  }
}

function saidIn(message: unknown): Said[] {
  const role = at(message, 'role') === 'assistant' ? 'assistant' : 'user'
  const content = at(message, 'content')
  if (typeof content === 'string') return [{ role, kind: 'text', text: content }]
  return listed(content).flatMap((block) => blockOf(block, role))
}

function blockOf(block: unknown, role: Said['role']): Said[] {
  const type = at(block, 'type')
  if (type === 'text') return [{ role, kind: 'text', text: texted(at(block, 'text')) ?? '' }]
  if (type === 'tool_use')
    return [callOf(texted(at(block, 'name')) ?? '', canonical(at(block, 'input') ?? {}))]
  if (type === 'tool_result') {
    const content = at(block, 'content')
    // described as text for providers without a tool search
    const found = listed(content).flatMap((inner) => texted(at(inner, 'tool_name')) ?? [])
    const text =
      found.length === 0
        ? textIn(content)
        : found.map((name) => `The tool ${name} can be called now.`).join('\n')
    return [
      { role: 'user', kind: 'result', text },
      ...listed(content).flatMap((inner) => (at(inner, 'type') === 'text' ? [] : blockOf(inner, 'user'))),
    ]
  }
  const source = at(block, 'source')
  const place =
    texted(at(source, 'url')) ?? (at(source, 'type') === 'base64' ? texted(at(source, 'data')) : undefined)
  const words = at(source, 'type') === 'text' ? texted(at(source, 'data')) : undefined
  if (words !== undefined) return [media(Buffer.from(words).toString('base64'))]
  return place === undefined ? [] : [media(place)]
}
