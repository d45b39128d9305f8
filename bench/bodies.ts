// The requests that are sent: sizes and kinds named by what they show.

const sentence =
  'The committee met on Tuesday to discuss the harbour, the price of oats and whether the clock should be repaired. '

function request(model: string, content: string, isStream: boolean, extra: object = {}): string {
  return JSON.stringify({
    model,
    messages: [
      { role: 'system', content: 'You are a careful assistant.' },
      { role: 'user', content },
    ],
    max_tokens: 256,
    ...(isStream ? { stream: true, stream_options: { include_usage: true } } : {}),
    ...extra,
  })
}

export const prose = (bytes: number) => sentence.repeat(Math.ceil(bytes / sentence.length)).slice(0, bytes)

/** Many short members: what a scanner likes least. */
function dense(bytes: number): object {
  const rows: object[] = []
  let size = 0
  for (let index = 0; size < bytes; index += 1) {
    const row = { i: index, a: [1, 2.5, -3e2, true, null], b: { x: 'y', z: `k${index % 97}` } }
    size += JSON.stringify(row).length + 1
    rows.push(row)
  }
  return { metadata_rows: rows }
}

/** @param prefix what the contender wants before the model's name (`bench/`) */
export const bodies = (prefix: string) => ({
  '1 KB': request(`${prefix}whole`, prose(800), false),
  '100 KB': request(`${prefix}whole`, prose(100 * 1024), false),
  '1 MB prose': request(`${prefix}whole`, prose(1024 * 1024), false),
  '1 MB dense JSON': request(`${prefix}whole`, 'Look at the rows.', false, dense(1024 * 1024)),
  'fast stream': request(`${prefix}fast`, prose(800), true),
  'slow streams': request(`${prefix}slow`, prose(800), true),
  'open streams': request(`${prefix}open`, prose(800), true),
})

export type BodyName = keyof ReturnType<typeof bodies>
