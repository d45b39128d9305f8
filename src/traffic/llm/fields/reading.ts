// Reads the value of a setting from a client's request, by the type of the setting.

import { GatewayError } from '../../../contract/errors.ts'
import { elements, stringAt } from '../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../kit/json-spans.ts'
import {
  objectFields,
  optional,
  optionalBoolean,
  optionalCount,
  optionalNumber,
  optionalString,
  optionalTexts,
  optionalWord,
  wrongType,
} from '../../wire/field.ts'
import type { Fields } from '../../wire/field.ts'
import type { SettingType } from '../canonical/settings.ts'

/** A member of the client's request that holds a setting. */
export interface SettingReading {
  document: JsonDocument
  /** Members of the object that holds it. */
  fields: Fields
  name: string
  /** For error messages. */
  path: string
}

type Read = (reading: SettingReading) => unknown

/** @throws GatewayError `bad-request` for a value of another type */
export function readerOf(type: SettingType): Read {
  if (typeof type === 'string') return readers[type]
  return ({ document, fields, name, path }) => optionalWord(document, fields, name, type, path)
}

const readers: Readonly<Record<Extract<SettingType, string>, Read>> = {
  number: ({ document, fields, name, path }) => optionalNumber(document, fields, name, path),
  count: ({ document, fields, name, path }) => optionalCount(document, fields, name, path),
  boolean: ({ document, fields, name, path }) => optionalBoolean(document, fields, name, path),
  text: ({ document, fields, name, path }) => optionalString(document, fields, name, path),
  texts: readTexts,
  'text-map': ({ document, fields, name, path }) => optionalTexts(document, fields, name, path),
  'number-map': readNumbers,
  budget: ({ document, fields, name, path }) => optionalCount(document, fields, name, path),
  logprobs: () => undefined,
}

/** A list of texts. */
export function readTexts({ document, fields, name, path }: SettingReading): readonly string[] | undefined {
  const list = optional(fields, name, 'array', path)
  return list && elements(document, list).map((each, index) => textAt(document, each, `${path}[${index}]`))
}

/** A list of texts, or a single text. */
export function readTextOrTexts(reading: SettingReading): readonly string[] | undefined {
  const span = reading.fields.get(reading.name)
  return span?.kind === 'string' ? [stringAt(reading.document, span)] : readTexts(reading)
}

/** A list of words. @throws GatewayError `bad-request` for a word that is not in the list */
export function readWords<Word extends string>(
  reading: SettingReading,
  words: readonly Word[],
): readonly Word[] | undefined {
  return readTexts(reading)?.map((text, index) => {
    const word = words.find((each) => each === text)
    if (word !== undefined) return word
    const param = `${reading.path}[${index}]`
    throw new GatewayError('bad-request', `"${param}" must be one of ${words.join(', ')}`, { param })
  })
}

function readNumbers({ document, fields, name, path }: SettingReading): Record<string, number> | undefined {
  const span = optional(fields, name, 'object', path)
  if (!span) return undefined
  const numbers = objectFields(document, span, path)
  return Object.fromEntries(
    [...numbers.keys()].map((key) => [key, optionalNumber(document, numbers, key, path) ?? 0]),
  )
}

function textAt(document: JsonDocument, span: JsonSpan, path: string): string {
  if (span.kind !== 'string') throw wrongType(path, 'string', span)
  return stringAt(document, span)
}
