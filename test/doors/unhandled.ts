// Rejections that nobody handled while a file's tests ran: to be called at the top of a test file.

import { afterAll, beforeAll, expect } from 'bun:test'

export function noUnhandledRejection(): void {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  beforeAll(() => void process.on('unhandledRejection', note))
  afterAll(async () => {
    // one that is about to be noticed is noticed within a turn
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
}
