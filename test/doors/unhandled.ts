// Reports unhandled rejections during the tests of a file. Call it at the top of a test file.

import { afterAll, beforeAll, expect } from 'bun:test'

export function noUnhandledRejection(): void {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  beforeAll(() => void process.on('unhandledRejection', note))
  afterAll(async () => {
    // a pending rejection is reported within one turn
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
}
