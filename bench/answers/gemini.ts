// https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse

import { type DialectAnswer, unnamed, wholeText, words } from './dialect-answer.ts'

const answer = (text: string, outputTokens: number, isLast: boolean) => ({
  candidates: [
    { content: { parts: [{ text }], role: 'model' }, ...(isLast && { finishReason: 'STOP' }), index: 0 },
  ],
  usageMetadata: {
    promptTokenCount: 200,
    candidatesTokenCount: outputTokens,
    totalTokenCount: 200 + outputTokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: 200 }],
  },
  modelVersion: 'fast',
  responseId: 'bench',
})

const spoken = words(0)

export const gemini: DialectAnswer = {
  whole: JSON.stringify(answer(wholeText, 160, true)),
  // usage stands in every chunk, as Google sends it
  events: spoken.map((text, index) => unnamed(answer(text, index + 1, index === spoken.length - 1))),
}
