// A dialect whose answers are whole: the parts of streams that every dialect has, for one that has none.

import type { AnswerDialect } from './facts.ts'

export function wholeDialect(parts: Pick<AnswerDialect, 'title' | 'read' | 'missing' | 'wordError' | 'unread'>): AnswerDialect {
  return {
    ...parts,
    isEnd: () => false,
    completes: () => false,
    isWorded: () => false,
    wordBrokenStream: (error) => parts.wordError(error).body,
    meter: { usual: '', telling: [], output: [] },
  }
}
