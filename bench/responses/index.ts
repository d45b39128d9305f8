// Which dialect is asked, by the path.

import { anthropicMessages } from './anthropic-messages.ts'
import type { MockResponse } from './mock-response.ts'
import { gemini } from './gemini.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiResponses } from './openai-responses.ts'

const paths: readonly (readonly [pattern: RegExp, dialect: MockResponse])[] = [
  [/\/responses$/, openaiResponses],
  [/\/messages$/, anthropicMessages],
  [/\/models\/[\w-]+:\w+(?:\?|$)/, gemini],
]

export const mockResponses: readonly MockResponse[] = [openaiChat, openaiResponses, anthropicMessages, gemini]

export const mockResponseAt = (path: string): MockResponse =>
  paths.find(([pattern]) => pattern.test(path))?.[1] ?? openaiChat
