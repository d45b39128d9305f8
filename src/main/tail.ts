// Closed records as the admin API wants them: called with each, until it says enough.

import type { ExchangeRecord } from '../contract/record.ts'
import type { Recorder } from '../gateway/record/index.ts'

export function tail(live: Recorder['live']): (receive: (record: ExchangeRecord) => void) => () => void {
  return (receive) => {
    const over = new AbortController()
    const items = live.subscribe(over.signal)
    const follow = async () => {
      for await (const item of items) if (item.kind === 'record') receive(item.record)
    }
    // A receiver that throws ends its own tail and nothing else.
    follow().catch(() => over.abort())
    return () => over.abort()
  }
}
