// Which dialect is asked, by the path.

import { anthropicMessages } from './anthropic-messages.ts'
import type { DialectAnswer } from './dialect-answer.ts'
import { gemini } from './gemini.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiResponses } from './openai-responses.ts'

const paths: readonly (readonly [pattern: RegExp, dialect: DialectAnswer])[] = [
  [/\/responses$/, openaiResponses],
  [/\/messages$/, anthropicMessages],
  [/\/models\/[\w-]+:\w+(?:\?|$)/, gemini],
]

export const answers: readonly DialectAnswer[] = [openaiChat, openaiResponses, anthropicMessages, gemini]

export const answerAt = (path: string): DialectAnswer =>
  paths.find(([pattern]) => pattern.test(path))?.[1] ?? openaiChat
