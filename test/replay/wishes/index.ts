// The content and settings of a request, read directly from its JSON in each dialect without any code of src.

import type { Front } from '../../journeys/dialect-clients.ts'
import { anthropicWish } from './anthropic-messages.ts'
import { geminiWish } from './gemini.ts'
import { chatWish } from './openai-chat.ts'
import { responsesWish } from './openai-responses.ts'
import { joined, type Wish } from './wish.ts'

export type { Said, Settings, Wish } from './wish.ts'

const readers: Readonly<Record<Front, (request: unknown) => Wish>> = {
  'openai-chat': chatWish,
  'openai-responses': responsesWish,
  'anthropic-messages': anthropicWish,
  gemini: geminiWish,
}

export function wishOf(dialect: Front, request: unknown): Wish {
  const wish = readers[dialect](request)
  return { ...wish, said: joined(wish.said) }
}
