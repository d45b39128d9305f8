// The answer as one chat completion. https://platform.openai.com/docs/api-reference/chat/object

import type { Usage } from '../../../../../contract/usage.ts'
import { written } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { ReplyContext, ReplyEncoder, ReplyEvent, ReplyStart } from '../../../canonical/index.ts'
import { WholeChoice } from './encode-choice.ts'
import { usageOf } from './words.ts'

/** @param asked the model, where the provider names none */
export function wholeEncoder(context: ReplyContext, asked: string): ReplyEncoder {
  const choices = new Map<number, WholeChoice>()
  let start: ReplyStart = { kind: 'start' }
  let usage: Usage | undefined

  function write(event: ReplyEvent): string {
    if (event.kind === 'start') start = event
    else if (event.kind === 'usage') usage = event.usage
    else if ('choice' in event) choiceOf(event.choice).add(event)
    return event.kind === 'end' ? JSON.stringify(completion()) : ''
  }

  function choiceOf(index: number): WholeChoice {
    let choice = choices.get(index)
    if (!choice) choices.set(index, (choice = new WholeChoice(index, context)))
    return choice
  }

  function completion(): JsonObject {
    const { id, model = asked, createdAt, serviceTier } = start
    return written({
      id: id?.startsWith('chatcmpl-') ? id : context.newId('chatcmpl-'),
      object: 'chat.completion',
      created: createdAt ?? context.createdAt,
      model,
      choices: [...choices.values()].toSorted((a, b) => a.index - b.index).map((choice) => choice.written()),
      usage: usage && usageOf(usage),
      service_tier: serviceTier,
    })
  }

  return { write }
}
