// Forms of values that requests and responses share: parts of contents and categories of harm.
// https://ai.google.dev/api/caching#Part

import { all } from '../../../wire/fields/all.ts'
import { free, id, media, mediaType, name, number, sealed, text, word } from '../../../wire/fields/form.ts'
import type { FormTable } from '../../../wire/fields/tree.ts'

const blobAt = (path: string): FormTable => ({
  [path]: media('file'),
  [`${path}.data`]: media('file'),
  [`${path}.mimeType`]: mediaType,
  [`${path}.displayName`]: text,
})

const fileAt = (path: string): FormTable => ({
  [path]: media('file'),
  [`${path}.fileUri`]: media('file'),
  [`${path}.mimeType`]: mediaType,
  [`${path}.displayName`]: text,
})

export const partsAt = (path: string): FormTable => ({
  [path]: text,
  ...all(path, 'text thought', text),
  [`${path}.thoughtSignature`]: sealed,
  ...blobAt(`${path}.inlineData`),
  ...fileAt(`${path}.fileData`),
  [`${path}.functionCall.id`]: id,
  [`${path}.functionCall.name`]: name,
  [`${path}.functionCall.args`]: free,
  [`${path}.functionCall.willContinue`]: text,
  [`${path}.functionCall.partialArgs[].jsonPath`]: text,
  ...all(
    `${path}.functionCall.partialArgs[]`,
    'stringValue numberValue boolValue nullValue willContinue',
    text,
  ),
  [`${path}.functionResponse.id`]: id,
  [`${path}.functionResponse.name`]: name,
  [`${path}.functionResponse.response`]: free,
  ...blobAt(`${path}.functionResponse.parts[].inlineData`),
  ...fileAt(`${path}.functionResponse.parts[].fileData`),
  [`${path}.functionResponse.scheduling`]: word('SILENT WHEN_IDLE INTERRUPT SCHEDULING_UNSPECIFIED'),
  [`${path}.functionResponse.willContinue`]: text,
  [`${path}.executableCode.id`]: id,
  [`${path}.executableCode.language`]: word('PYTHON LANGUAGE_UNSPECIFIED'),
  [`${path}.executableCode.code`]: text,
  [`${path}.codeExecutionResult.id`]: id,
  [`${path}.codeExecutionResult.outcome`]: word(
    'OUTCOME_OK OUTCOME_FAILED OUTCOME_DEADLINE_EXCEEDED OUTCOME_UNSPECIFIED',
  ),
  [`${path}.codeExecutionResult.output`]: text,
  ...all(path, 'toolCall toolResponse partMetadata speechMetadata audioTranscription', free),
  ...all(`${path}.videoMetadata`, 'startOffset endOffset', text),
  [`${path}.videoMetadata.fps`]: number,
  [`${path}.mediaResolution.level`]: word(resolutions),
  [`${path}.mediaResolution`]: word(resolutions),
  ...all(path, 'mediaProcessing', text),
})

export const resolutions =
  'MEDIA_RESOLUTION_UNSPECIFIED MEDIA_RESOLUTION_LOW MEDIA_RESOLUTION_MEDIUM MEDIA_RESOLUTION_HIGH MEDIA_RESOLUTION_ULTRA_HIGH'

/** The categories of safety settings and ratings. */
export function categories(): string {
  const harms =
    'HARASSMENT HATE_SPEECH SEXUALLY_EXPLICIT DANGEROUS_CONTENT CIVIC_INTEGRITY UNSPECIFIED DANGEROUS MEDICAL SEXUAL TOXICITY VIOLENCE'
  return harms
    .split(' ')
    .map((each) => `HARM_CATEGORY_${each}`)
    .join(' ')
}
