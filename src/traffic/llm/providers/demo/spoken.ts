// What the user said of a conversation. Coding agents put context of their own into messages of the user: in
// tags (`<system-reminder>…`, `<environment_context>…`), before the words or as messages of their own, and
// behind tool results (`Tool loaded.`), where people do not speak before they have read an answer. That is
// nothing that anybody asked for.

import type { DemoMessage } from './request.ts'

/** The last message of the user, all of it. */
export const lastText = (messages: readonly DemoMessage[]): string =>
  messages.findLast(({ role }) => role === 'user')?.text ?? messages.at(-1)?.text ?? ''

/** The words of the last message in which the user says something; where there are only tags, those. */
export function lastWords(messages: readonly DemoMessage[]): string {
  const spoken = messages[lastSpoken(messages)]
  return spoken ? wordsIn(spoken.text) || spoken.text : (messages.at(-1)?.text ?? '')
}

export const sinceWords = (messages: readonly DemoMessage[]): readonly DemoMessage[] =>
  messages.slice(lastSpoken(messages) + 1)

function lastSpoken(messages: readonly DemoMessage[]): number {
  const inWords = messages.findLastIndex(
    ({ role, text }, at) => role === 'user' && messages[at - 1]?.role !== 'tool' && wordsIn(text) !== '',
  )
  return inWords >= 0 ? inWords : messages.findLastIndex(({ role }) => role === 'user')
}

/** Looking for the end of a tag reads the whole text. */
const mostTags = 64

/**
 * Blocks that begin a line with a tag and end with the same one are taken out. One pass: what is not closed
 * is said.
 */
function wordsIn(text: string): string {
  let words = ''
  let from = 0
  let looked = 0
  for (const open of text.matchAll(/^[ \t]*<([a-z][\w-]*)[^<>\n]*>/gim)) {
    if (open.index < from) continue
    if ((looked += 1) > mostTags) break
    const close = `</${open[1]}>`
    const at = text.indexOf(close, open.index + open[0].length)
    if (at < 0) continue
    words += text.slice(from, open.index)
    from = at + close.length
  }
  return (words + text.slice(from)).trim()
}
