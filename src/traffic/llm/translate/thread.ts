// The entry of a thread that translates long bodies, one at a time (threads.ts).

import { random } from '../../../kit/id.ts'
import { createRealClock } from '../../../kit/real-clock.ts'
import { allCodecs } from '../codecs.ts'
import { runJob } from './jobs.ts'
import type { Job, JobResult } from './jobs.ts'
import { newLetters } from './call-ids.ts'

declare const self: Worker

const world = { clock: createRealClock(), newId: newLetters(random) }

self.onmessage = async (event: MessageEvent<Job>) => {
  const result = await runJob(event.data, allCodecs, world)
  self.postMessage(result, bodiesOf(result))
}

function bodiesOf(result: JobResult): ArrayBuffer[] {
  const body =
    result.kind === 'response'
      ? result.response.bytes
      : result.kind === 'prepared'
        ? result.prepared.encoded.body
        : undefined
  return body instanceof Uint8Array && body.buffer instanceof ArrayBuffer ? [body.buffer] : []
}
