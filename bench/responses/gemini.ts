// https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse

import { type MockResponse, unnamed, wholeText, textPieces } from './mock-response.ts'

const chunk = (text: string, outputTokens: number, isLast: boolean) => ({
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

const spoken = textPieces(0)

export const gemini: MockResponse = {
  whole: JSON.stringify(chunk(wholeText, 160, true)),
  // usage is in every chunk, as Google sends it
  events: spoken.map((text, index) => unnamed(chunk(text, index + 1, index === spoken.length - 1))),
}
