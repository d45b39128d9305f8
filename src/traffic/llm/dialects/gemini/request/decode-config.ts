// Decodes `generationConfig` into canonical form.
// https://ai.google.dev/api/generate-content#v1beta.GenerationConfig

import { GatewayError } from '../../../../../contract/errors.ts'
import { stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { GenerateRequest, OutputFormat } from '../../../canonical/index.ts'
import {
  arrayOf,
  optional,
  optionalBoolean,
  optionalCount,
  optionalJson,
  optionalString,
  wrongType,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { enumName, innerGoogleFields } from '../google-fields.ts'
import { jsonSchemaOf } from './schema.ts'

const root = 'generationConfig'

/** The members of `generationConfig` that do not map to a single setting. */
export function decodeConfig(
  document: JsonDocument,
  fields: Fields,
): Pick<GenerateRequest, 'output' | 'logprobs' | 'modalities' | 'speech'> {
  const config = innerGoogleFields(document, fields, root, root)
  if (!config) return {}
  const isAsked = optionalBoolean(document, config, 'responseLogprobs', `${root}.responseLogprobs`)
  return omitUndefined({
    output: outputOf(document, config),
    logprobs: isAsked
      ? { top: optionalCount(document, config, 'logprobs', `${root}.logprobs`) ?? 0 }
      : undefined,
    modalities: modalitiesOf(document, config),
    speech: speechOf(document, config),
  })
}

function outputOf(document: JsonDocument, config: Fields): OutputFormat | undefined {
  const path = `${root}.responseMimeType`
  const type = optionalString(document, config, 'responseMimeType', path)
  const written = optionalJson(document, config, 'responseJsonSchema')
  const subset = optional(config, 'responseSchema', 'object', `${root}.responseSchema`)
  const schema =
    written !== undefined && written !== null
      ? written
      : subset && jsonSchemaOf(optionalJson(document, config, 'responseSchema') ?? {})
  // No other dialect has text/x.enum (one of several values without quotes) or any further type.
  if (type !== undefined && type !== 'application/json' && type !== 'text/plain')
    throw new GatewayError(
      'unsupported',
      `"${path}" is supported by Google's models only; use "application/json" or "text/plain"`,
      {
        param: path,
      },
    )
  // Google always enforces the schema.
  if (schema !== undefined) return { kind: 'schema', schema, isStrict: 'possible' }
  if (type === 'application/json') return { kind: 'json' }
  return type === 'text/plain' ? { kind: 'text' } : undefined
}

const modalities = { TEXT: 'text', AUDIO: 'audio', IMAGE: 'image' } as const
/** In the order of their numbers. https://ai.google.dev/api/generate-content#Modality */
const numbers = ['MODALITY_UNSPECIFIED', 'TEXT', 'IMAGE', 'AUDIO']

function modalitiesOf(document: JsonDocument, config: Fields): GenerateRequest['modalities'] {
  const path = `${root}.responseModalities`
  return wordsOf(document, config, 'responseModalities', numbers)?.map((word, index) => {
    const known = Object.entries(modalities).find(([name]) => name === word.toUpperCase())?.[1]
    if (known !== undefined) return known
    throw new GatewayError('bad-request', `"${path}[${index}]" must be one of TEXT, AUDIO, IMAGE`, {
      param: `${path}[${index}]`,
    })
  })
}

function speechOf(document: JsonDocument, config: Fields): GenerateRequest['speech'] {
  const path = `${root}.speechConfig`
  const speech = innerGoogleFields(document, config, 'speechConfig', path)
  const voice = speech && innerGoogleFields(document, speech, 'voiceConfig', `${path}.voiceConfig`)
  const prebuilt =
    voice &&
    innerGoogleFields(document, voice, 'prebuiltVoiceConfig', `${path}.voiceConfig.prebuiltVoiceConfig`)
  const name =
    prebuilt &&
    optionalString(document, prebuilt, 'voiceName', `${path}.voiceConfig.prebuiltVoiceConfig.voiceName`)
  return name === undefined ? undefined : { voice: name }
}

function wordsOf(
  document: JsonDocument,
  config: Fields,
  name: string,
  names: readonly string[] = [],
): string[] | undefined {
  const path = `${root}.${name}`
  if (!optional(config, name, 'array', path)) return undefined
  return arrayOf(document, config, name, path).map(({ span, path: at }) => {
    const numbered = enumName(document, span, names)
    if (numbered !== undefined) return numbered
    if (span.kind !== 'string') throw wrongType(at, 'string', span)
    return stringAt(document, span)
  })
}
