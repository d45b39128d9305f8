// The content of a response, read directly from its JSON in each dialect without any code of src: the
// reference for the gateway's output.

import type { Front } from '../../journeys/dialect-clients.ts'
import { eventsIn, parsed } from '../json.ts'
import { anthropicFacts } from './anthropic-messages.ts'
import type { Facts } from './facts.ts'
import { geminiFacts } from './gemini.ts'
import { chatFacts } from './openai-chat.ts'
import { responsesFacts } from './openai-responses.ts'

export type { Call, Choice, Facts, Tokens } from './facts.ts'

const readers: Readonly<Record<Front, (events: readonly unknown[], isStream: boolean) => Facts>> = {
  'openai-chat': chatFacts,
  'openai-responses': responsesFacts,
  'anthropic-messages': anthropicFacts,
  gemini: geminiFacts,
}

export function factsOf(dialect: Front, response: string, isStream: boolean): Facts {
  return readers[dialect](isStream ? eventsIn(response) : [parsed(response)], isStream)
}
