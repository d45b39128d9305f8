// Closes the components that a start has opened, after a failed start or at the stop.

import type { Log } from '../kit/log.ts'

export interface Undo {
  /** Call it as soon as a component is open. */
  push(step: () => unknown): void
  /** Runs the steps in reverse order, even after one of them fails. Never rejects. */
  all(): Promise<void>
}

export function createUndo(log: Log): Undo {
  const steps: (() => unknown)[] = []
  return {
    push: (step) => void steps.push(step),
    async all() {
      for (let step = steps.pop(); step; step = steps.pop()) {
        try {
          await step()
        } catch (thrown) {
          log.error('a component failed to stop', {}, thrown)
        }
      }
    },
  }
}
