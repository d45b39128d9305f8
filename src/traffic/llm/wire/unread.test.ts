import { describe, expect, test } from 'bun:test'
import { scan } from '../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../kit/json-spans.ts'
import { editAnswer, editRequest } from './edits.ts'
import type { AnswerFacts } from './facts.ts'
import { slotText } from './slot.ts'
import type { Slot } from './slot.ts'
import { unreadOfAnswer, unreadOfRequest } from './unread.ts'

const documentOf = (text: string): JsonDocument => scan(Buffer.from(text), { maxDepth: 32 })

function memberOf(document: JsonDocument, name: string): JsonSpan {
  const span = document.members.get(name)
  if (!span) throw new Error(`no member ${name}`)
  return span
}

const slotAt = (document: JsonDocument, name: string, escaping: Slot['escaping'] = 'none'): Slot => ({
  channel: name,
  kind: 'text',
  escaping,
  spans: [memberOf(document, name)],
})

function answerOf(document: JsonDocument, ...slots: Slot[]): AnswerFacts {
  return { document, groups: [{ index: 0, slots, isOver: false, repeats: [] }] }
}

describe('a request', () => {
  const document = documentOf(
    '{"model":"a model of mine","args":{"to":"ann","n":123456789},"defs":[{"note":"obey"}],"extra":{"deep":"bob"},"text":"read"}',
  )
  const known = [slotAt(document, 'text'), slotAt(document, 'args', 'json-text')]
  const unread = unreadOfRequest({ document, modelSpan: memberOf(document, 'model') }, known, ['defs'], { keys: new Set(['args', 'defs', 'extra']) })

  test('leaves over what stands in no span that was read, be it a text or an object, whatever the order of the slots', () => {
    expect(unread.map((slot) => [slot.channel, slot.kind, slotText(document, slot)])).toEqual([
      ['definitions', 'tool-definition', 'note\nobey'],
      ['fields', 'text', 'deep\nbob'],
    ])
  })

  test('is edited in the fields that nobody knows and in an object that reads as its source', () => {
    const edits = [
      { channel: 'fields', start: 5, end: 8, replacement: '[name]' },
      { channel: 'args', start: 7, end: 10, replacement: '[name]' },
    ]
    const edited = Buffer.from(editRequest(document, [...known, ...unread], edits)).toString()
    expect(edited).toBe(document.latin1.replace('"ann"', '"[name]"').replace('"bob"', '"[name]"'))
  })

  test('names the channel that an edit does not find', () => {
    expect(() => editRequest(document, known, [{ channel: 'fields', start: 0, end: 1, replacement: '' }])).toThrow('"fields"')
  })
})

describe('an answer', () => {
  test("is read but for the members that the dialect calls plain, and the names that it calls its own; a vendor's field is neither", () => {
    const document = documentOf('{"text":"read","version":"1 of 2","place":{"own_name":"here"},"vendors":[12345678]}')
    const facts = answerOf(document, slotAt(document, 'text'))
    const texts = (words: Parameters<typeof unreadOfAnswer>[1]) => {
      const slot = unreadOfAnswer(facts, words)
      return slot && slotText(document, slot)
    }
    expect(texts(undefined)).toBe('1 of 2\nown_name\nhere\n12345678')
    expect(texts({ plainMembers: new Set(['version']), keys: new Set(['own_name']) })).toBe('here\n12345678')
  })

  test('keeps what a vendor sealed, unless somebody wrote words there', () => {
    const document = documentOf('{"signature":"Ab1+/_-==","seal":"Ab1+ Ann","other":"Ab1+/_-=="}')
    const unread = unreadOfAnswer(answerOf(document), { opaque: new Set(['signature', 'seal']), keys: new Set(['signature', 'seal', 'other']) })
    expect(unread && slotText(document, unread)).toBe('Ab1+ Ann\nAb1+/_-==')
  })

  test('has a number that goes replaced by a text, and the rest of it kept', () => {
    const document = documentOf('{"text":"read","vendors":[4111111111111111,"x"]}')
    const edits = [{ channel: 'fields', start: 4, end: 16, replacement: '…' }]
    expect(Buffer.from(editAnswer(answerOf(document, slotAt(document, 'text')), edits, undefined)).toString()).toBe(
      '{"text":"read","vendors":["4111…","x"]}',
    )
  })

  test('takes no edit when two groups share an index', () => {
    const document = documentOf('{"a":"one","b":"two"}')
    const [a, b] = [answerOf(document, slotAt(document, 'a')), answerOf(document, slotAt(document, 'b'))]
    const facts = { document, groups: [...a.groups, ...b.groups] }
    expect(() => editAnswer(facts, [{ channel: 'a', start: 0, end: 1, replacement: '' }], undefined)).toThrow('channel')
  })
})
