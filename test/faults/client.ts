// The official client on a world, and the response as the client sees it.

import OpenAI from 'openai'
import type { Gatehouse } from '../journeys/gateway.ts'

export interface Heard {
  /** The received content, in pieces. */
  pieces: string[]
  /**
   * The error that the client raised, if any. It has a status before the first byte, and none in mid-stream.
   */
  error?: InstanceType<typeof OpenAI.APIError>
  finish?: string
  exchange: string | null
}

export const request = (model: string) => ({
  model,
  messages: [{ role: 'user' as const, content: 'hi' }],
  max_tokens: 20,
})

export const officialClient = (gatehouse: Gatehouse, maxRetries = 0) =>
  new OpenAI({ apiKey: gatehouse.key, baseURL: `${gatehouse.url}/v1`, maxRetries })

/** @param onPiece called with the number of received pieces of content */
export async function hear(
  gatehouse: Gatehouse,
  model: string,
  form: 'whole' | 'streamed',
  onPiece?: (count: number) => void,
): Promise<Heard> {
  const heard: Heard = { pieces: [], exchange: null }
  try {
    if (form === 'whole') await hearWhole(gatehouse, model, heard)
    else await hearStream(gatehouse, model, heard, onPiece)
  } catch (thrown) {
    if (!(thrown instanceof OpenAI.APIError)) throw thrown
    heard.error = thrown
    heard.exchange ??= thrown.headers?.get('x-gatehouse-exchange') ?? null
  }
  return heard
}

async function hearWhole(gatehouse: Gatehouse, model: string, heard: Heard): Promise<void> {
  const { data, response } = await officialClient(gatehouse)
    .chat.completions.create(request(model))
    .withResponse()
  heard.exchange = response.headers.get('x-gatehouse-exchange')
  const [choice] = data.choices
  heard.pieces.push(choice?.message.content ?? '')
  if (choice) heard.finish = choice.finish_reason
}

async function hearStream(
  gatehouse: Gatehouse,
  model: string,
  heard: Heard,
  onPiece?: (count: number) => void,
): Promise<void> {
  const { data, response } = await officialClient(gatehouse)
    .chat.completions.create({ ...request(model), stream: true })
    .withResponse()
  heard.exchange = response.headers.get('x-gatehouse-exchange')
  for await (const chunk of data) {
    const [choice] = chunk.choices
    if (choice?.delta.content) {
      const count = heard.pieces.push(choice.delta.content)
      onPiece?.(count)
    }
    if (choice?.finish_reason) heard.finish = choice.finish_reason
  }
}
