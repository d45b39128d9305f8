// Finds the user's own text in a conversation. Coding agents add context to user messages: in tags
// (`<system-reminder>…`, `<environment_context>…`), before the text or as separate messages, and directly
// after tool results (`Tool loaded.`), where users do not write. This context is not a request of the user.

import type { DemoMessage } from './request.ts'

/** The complete last message of the user. */
export const lastText = (messages: readonly DemoMessage[]): string =>
  messages.findLast(({ role }) => role === 'user')?.text ?? messages.at(-1)?.text ?? ''

/** The text of the last user message that has text outside of tags. If there are only tags, their text. */
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

/** The most tags to look at, because the search for the end of a tag reads the whole text. */
const mostTags = 64

/**
 * Removes blocks that begin a line with a tag and end with the same tag, in one pass. An unclosed block
 * counts as the user's text.
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
