// Finds the placeholders of a vault in a response, and decides about each. It restores the value in texts for
// people; in tool arguments and addresses only if the rule allows it. Clients fetch or click addresses in a
// text, so a value in an address could leak to an attacker who wrote text in the prompt.

import type { PieceKind } from '../../contract/content.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { Hidden } from '../exchange.ts'
import type { Detector, Match } from './guard.ts'
import type { Watcher } from './window-channel.ts'

export function createRestorer(hidden: ReadonlyMap<string, Hidden>): Watcher {
  const detector = createPlaceholderDetector(hidden)
  return {
    detector,
    find: (text, kind, from) => detector.find(text, kind, from),
    judge: (match, _channel, _text, kind) => {
      const isInAddress = match.label.startsWith(inAddress)
      const placeholder = isInAddress ? match.label.slice(inAddress.length) : match.label
      const entry = hidden.get(placeholder)
      if (kind === 'tool-arguments') {
        if (entry?.value === undefined || !entry.restoreIn.includes('arguments'))
          throw argumentsRefusal(placeholder, entry)
        return entry.value
      }
      if (!isInAddress) return entry?.value
      return entry?.value !== undefined && entry.restoreIn.includes('urls')
        ? escapeForAddress(entry.value)
        : undefined
    },
    isOfOneChannel: true,
    holdsCalls: [...hidden.values()].some(
      ({ value, restoreIn }) => value === undefined || !restoreIn.includes('arguments'),
    ),
  }
}

/** The first of these placeholders in a text. */
export function placeholderIn(
  text: string,
  names: ReadonlyMap<string, string>,
): { placeholder: string; rule: string } | undefined {
  if (names.size === 0 || !opens.test(text)) return undefined
  for (const [, name = ''] of text.matchAll(spelled)) {
    const rule = names.get(`<${name}>`)
    if (rule !== undefined) return { placeholder: `<${name}>`, rule }
  }
  return undefined
}

function argumentsRefusal(placeholder: string, entry: Hidden | undefined): GatewayError {
  const rule = entry?.rule ?? ''
  const message =
    entry?.value === undefined
      ? `The model put ${placeholder} into the arguments of a tool: a placeholder of an earlier call of this run, whose value is no longer known. The call of the tool was held back; send the conversation again without the placeholder. "restoreIn: [arguments]" of "${rule}" gives values back in arguments.`
      : `The model put ${placeholder} into the arguments of a tool, where "${rule}" does not give the value back, so the call of the tool was held back. To give it back there, set "restoreIn: [arguments]" on "${rule}".`
  // only OpenAI's dialects have a code next to the message
  return new GatewayError(
    'placeholder-in-arguments',
    `${message} (placeholder-in-arguments)`,
    rule === '' ? {} : { rule },
  )
}

/** Characters that would end an address, or mean something in it. */
const escapeForAddress = (value: string) =>
  value.replaceAll(
    /[\s<>"'()[\]{}\\^`|%#&?]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )

const inAddress = 'address '

/** The placeholder itself, and as JSON, addresses and HTML spell its brackets. */
const spelled = /(?:<|\\{1,8}u003c|%3c|&lt;)([A-Z0-9_]{1,90})(?:>|\\{1,8}u003e|%3e|&gt;)/gi
const begun =
  /(?:<|\\{1,8}(?:u(?:0(?:0(?:3c?)?)?)?)?|%(?:3c?)?|&(?:l(?:t;?)?)?)(?:[A-Z0-9_]{0,90}(?:\\{1,8}(?:u(?:0(?:0(?:3e?)?)?)?)?|%(?:3e?)?|&(?:g(?:t;?)?)?)?)?$/i
const opens = /[<\\%&]/

/** The largest distance back to the start of an address. */
const addressReach = 1024
const brackets = 40

function createPlaceholderDetector(hidden: ReadonlyMap<string, Hidden>): Detector {
  const longest = Math.max(...[...hidden.keys()].map((placeholder) => placeholder.length)) + brackets
  return {
    context: addressReach,
    find(text, kind, from) {
      const found: Match[] = []
      if (!opens.test(text.slice(from))) return found
      spelled.lastIndex = from
      for (let match = spelled.exec(text); match; match = spelled.exec(text)) {
        const [whole, name = ''] = match
        const placeholder = `<${name}>`
        const start = match.index
        if (!hidden.has(placeholder)) spelled.lastIndex = start + 1
        else
          found.push({
            label: isInAddressAt(text, start, kind) ? inAddress + placeholder : placeholder,
            start,
            end: start + whole.length,
          })
      }
      return found
    },
    settled(text, from) {
      const near = Math.max(from, text.length - longest)
      const tail = text.slice(near)
      if (!opens.test(tail)) return text.length
      const match = begun.exec(tail)
      return match ? near + match.index : text.length
    },
  }
}

/** Is it inside an address, that is, after a scheme or a host, or in the target of a link? */
function isInAddressAt(text: string, start: number, kind: PieceKind): boolean {
  if (kind === 'tool-arguments') return false
  const before = text.slice(Math.max(0, start - addressReach), start)
  let from = before.length
  while (from > 0 && !space.test(before.charAt(from - 1))) from--
  return address.test(before.slice(from)) || linkTarget.test(before)
}

const space = /\s/
const address =
  /\/\/|\]\(|\b(?:www\.|mailto:|tel:|data:|javascript:)|[\p{L}\p{N}-]\.\p{L}{2,}(?::\d+)?[/?#]/iu
/** `](<a b`, `[1]: /a`, `href="a b` */
const linkTarget =
  /\]\([ \t]{0,8}<[^>\n]*$|\]\([ \t]{0,8}\S*$|^[ \t]{0,3}\[[^\]\n]{1,200}\]:[ \t]{0,8}\S*$|\b(?:href|src|action|srcset|url)\s*[=(]\s*(?:"[^"\n]*|'[^'\n]*|[^\s"'>)]*)$/im
