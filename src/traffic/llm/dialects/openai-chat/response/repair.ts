// Repairs chat responses of servers that depart from the dialect, before any code reads them. This applies to
// translated responses and to responses in the same dialect:
// - arguments that are an object, and content that is an object or a number, become texts;
// - calls of a stream that share an index get separate indexes. Ids distinguish calls; without ids, a new name
//   after complete arguments begins another call.

import {
  anyTextIn,
  isList,
  isObject,
  numberIn,
  objectIn,
  tryParseJson,
  textIn,
  wordIn,
  written,
} from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { Repair } from '../../../../wire/facts.ts'
import { latin1Of, utf8Of } from '../../../../../kit/bytes-text.ts'

interface Call {
  index: number
  id: string | undefined
  name: string | undefined
  input: string
}

/** The calls of one choice of a stream. */
interface Calls {
  /** The call to which a given index refers now. */
  byIndex: Map<number, Call>
  used: Set<number>
}

export class Regular {
  /** Only the whole text distinguishes calls without an id, so every event must be read. */
  isNeeded = false
  private readonly choices = new Map<number, Calls>()

  /** @returns the chunk itself when it is regular */
  chunk(chunk: JsonObject): JsonObject {
    const { choices } = chunk
    if (!isList(choices) || choices.every(isPlain)) return chunk
    const fixed = choices.map((choice, position) =>
      isObject(choice) ? this.choice(choice, position) : choice,
    )
    return fixed.every((choice, position) => choice === choices[position])
      ? chunk
      : { ...chunk, choices: fixed }
  }

  private choice(choice: JsonObject, position: number): JsonObject {
    const index = numberIn(choice['index']) ?? position
    const delta = objectIn(choice['delta'])
    const message = objectIn(choice['message'])
    const newDelta = delta && this.message(delta, this.callsOf(index))
    const newMessage = message && this.message(message, undefined)
    if (newDelta === delta && newMessage === message) return choice
    return written({
      ...choice,
      delta: newDelta ?? choice['delta'],
      message: newMessage ?? choice['message'],
    })
  }

  private callsOf(choice: number): Calls {
    let calls = this.choices.get(choice)
    if (!calls) this.choices.set(choice, (calls = { byIndex: new Map(), used: new Set() }))
    return calls
  }

  /** @param calls of the stream. Undefined in a whole message, where each call is complete */
  private message(message: JsonObject, calls: Calls | undefined): JsonObject {
    const { content, tool_calls: given, function_call: older } = message
    const hasContent =
      content === undefined || content === null || typeof content === 'string' || isList(content)
    const newCalls = isList(given)
      ? given.map((call, position) => (isObject(call) ? this.call(call, position, calls) : call))
      : undefined
    const isSame =
      !newCalls || (isList(given) && newCalls.every((call, position) => call === given[position]))
    const newOlder = isObject(older) ? inputAsText(older, 'arguments') : undefined
    if (hasContent && isSame && (newOlder === undefined || newOlder === older)) return message
    return written({
      ...message,
      ...(hasContent ? {} : { content: contentText(content) }),
      ...(newCalls && { tool_calls: newCalls }),
      ...(newOlder && { function_call: newOlder }),
    })
  }

  private call(given: JsonObject, position: number, calls: Calls | undefined): JsonObject {
    const call = withTextInput(given)
    if (!calls) return call
    const at = numberIn(call['index']) ?? position
    const invoked = objectIn(call['function']) ?? objectIn(call['custom'])
    const input = textIn(invoked?.['arguments']) ?? textIn(invoked?.['input']) ?? ''
    const id = wordIn(call['id'])
    const name = wordIn(invoked?.['name'])
    let known = calls.byIndex.get(at)
    if (!known || isAnother(known, { id, name, input })) {
      const index = calls.used.has(at) ? Math.max(...calls.used) + 1 : at
      if (index !== at || id === undefined) this.isNeeded = true
      calls.used.add(index)
      calls.byIndex.set(at, (known = { index, id, name, input: '' }))
    }
    known.input += input
    return call['index'] === known.index ? call : { ...call, index: known.index }
  }
}

/** Most chunks hold only a text. */
function isPlain(choice: Json): boolean {
  if (!isObject(choice)) return true
  const message = choice['delta'] ?? choice['message']
  if (!isObject(message)) return true
  return (
    typeof message['content'] === 'string' &&
    message['tool_calls'] === undefined &&
    message['function_call'] === undefined &&
    choice['message'] === undefined
  )
}

/** Some servers repeat the name of a call in each of its pieces. Some give all calls the index 0. */
function isAnother(known: Call, { id, name, input }: Omit<Call, 'index'>): boolean {
  if (id !== undefined) return id !== known.id
  if (name === undefined || known.id !== undefined) return false
  if (name !== known.name) return true
  return input.trim() !== '' && isWholeJson(known.input)
}

function isWholeJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}

function withTextInput(call: JsonObject): JsonObject {
  const invoked = objectIn(call['function'])
  const custom = objectIn(call['custom'])
  const newInvoked = invoked && inputAsText(invoked, 'arguments')
  const newCustom = custom && inputAsText(custom, 'input')
  if (newInvoked === invoked && newCustom === custom) return call
  return { ...call, ...(newInvoked && { function: newInvoked }), ...(newCustom && { custom: newCustom }) }
}

function inputAsText(invoked: JsonObject, member: 'arguments' | 'input'): JsonObject {
  const value = invoked[member]
  if (value === undefined || value === null || typeof value === 'string') return invoked
  return { ...invoked, [member]: JSON.stringify(value) }
}

/** The text of a part outside a list; any other value in its original spelling. */
const contentText = (content: Json | undefined): string =>
  textIn(objectIn(content)?.['text']) ?? anyTextIn(content) ?? ''

/** Inside a JSON string every quote is escaped, so these can only be keys. Few events have such keys. */
const maybeOdd = /"(?:tool_calls|function_call)"|"content"\s*:\s*(?:[\d{tf]|-\d)/
const oddValue = /"(?:arguments|input)"\s*:\s*[^"\sn]|"content"\s*:\s*(?:[\d{tf]|-\d)/
const calling = /"tool_calls"\s*:\s*\[/

/** @param isWhole a whole response has no indexes, so only wrong types are repaired */
export function repairOf(isWhole: boolean): Repair {
  const regular = new Regular()
  return {
    get isNeeded() {
      return regular.isNeeded
    },
    fix(data) {
      const latin1 = latin1Of(data)
      if (!maybeOdd.test(latin1) || (!oddValue.test(latin1) && (isWhole || !calling.test(latin1))))
        return undefined
      const chunk = chunkIn(data)
      if (!chunk) return undefined
      const fixed = regular.chunk(chunk)
      return fixed === chunk ? undefined : Buffer.from(JSON.stringify(fixed))
    },
  }
}

/** The reader reports invalid JSON. */
const chunkIn = (data: Uint8Array): JsonObject | undefined => objectIn(tryParseJson(utf8Of(data)))
