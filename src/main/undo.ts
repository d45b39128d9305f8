// What a start has opened, so that a stop and a failed start close it again.

import type { Log } from '../kit/log.ts'

export interface Undo {
  /** To be called as soon as something is open. */
  push(step: () => unknown): void
  /** In reverse order; a step that fails does not keep the others from ending. Never rejects. */
  all(): Promise<void>
}

export function undo(log: Log): Undo {
  const steps: (() => unknown)[] = []
  return {
    push: (step) => void steps.push(step),
    async all() {
      for (let step = steps.pop(); step; step = steps.pop()) {
        try {
          await step()
        } catch (thrown) {
          log.error('a part did not end well', {}, thrown)
        }
      }
    },
  }
}
