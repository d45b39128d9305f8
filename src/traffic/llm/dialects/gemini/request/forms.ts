// What the values of a Gemini request look like that guards need not read, and which media and tools there
// are.
// https://ai.google.dev/api/generate-content, https://ai.google.dev/api/caching,
// https://ai.google.dev/api/embeddings

import { all } from '../../../../wire/fields/all.ts'
import { free, name, number, schema, stored, text, word } from '../../../../wire/fields/form.ts'
import type { FormTable } from '../../../../wire/fields/tree.ts'
import { partsAt, resolutions } from '../content-forms.ts'

const config = 'generationConfig'
const mediaTypes = word('text/plain application/json text/x.enum')

export const forms: FormTable = {
  model: name,
  'contents[].role': word('user model system function tool'),
  ...partsAt('contents[].parts[]'),
  // an object alone for a list of one
  'contents.role': word('user model system function tool'),
  ...partsAt('contents.parts[]'),
  ...partsAt('contents[].parts'),
  'systemInstruction.role': word('user system model'),
  ...partsAt('systemInstruction.parts[]'),
  ...partsAt('systemInstruction.parts'),
  cachedContent: stored('file'),
  'tools[].functionDeclarations[].name': name,
  ...all(
    'tools[].functionDeclarations[]',
    'parameters parametersJsonSchema response responseJsonSchema',
    schema,
  ),
  'tools[].functionDeclarations[].behavior': word('BLOCKING NON_BLOCKING UNSPECIFIED'),
  'toolConfig.functionCallingConfig.mode': word(
    'AUTO ANY NONE VALIDATED MODE_UNSPECIFIED auto any none validated',
  ),
  'toolConfig.functionCallingConfig.allowedFunctionNames[]': name,
  ...all('toolConfig.retrievalConfig.latLng', 'latitude longitude', number),
  'toolConfig.retrievalConfig.languageCode': text,
  [`${config}.responseMimeType`]: mediaTypes,
  ...all(config, 'responseSchema responseJsonSchema', schema),
  ...all(
    config,
    'temperature topP topK maxOutputTokens candidateCount seed frequencyPenalty presencePenalty logprobs',
    number,
  ),
  [`${config}.thinkingConfig.thinkingLevel`]: word(
    'MINIMAL LOW MEDIUM HIGH THINKING_LEVEL_UNSPECIFIED minimal low medium high',
  ),
  [`${config}.thinkingConfig.thinkingBudget`]: number,
  [`${config}.responseModalities[]`]: word('TEXT IMAGE AUDIO MODALITY_UNSPECIFIED'),
  [`${config}.mediaResolution`]: word(resolutions),
  [`${config}.stopSequences[]`]: text,
  'safetySettings[].category': word(categories()),
  'safetySettings[].threshold': word(
    'BLOCK_LOW_AND_ABOVE BLOCK_MEDIUM_AND_ABOVE BLOCK_ONLY_HIGH BLOCK_NONE OFF HARM_BLOCK_THRESHOLD_UNSPECIFIED',
  ),
  'safetySettings[].method': word('SEVERITY PROBABILITY HARM_BLOCK_METHOD_UNSPECIFIED'),
  serviceTier: word('standard flex priority unspecified STANDARD FLEX PRIORITY'),
  'labels.*': text,
  ...all('', 'continuationToken generationOutputConfig modelArmorConfig', free),
}

export function categories(): string {
  const harms =
    'HARASSMENT HATE_SPEECH SEXUALLY_EXPLICIT DANGEROUS_CONTENT CIVIC_INTEGRITY UNSPECIFIED DANGEROUS MEDICAL SEXUAL TOXICITY VIOLENCE'
  return harms
    .split(' ')
    .map((each) => `HARM_CATEGORY_${each}`)
    .join(' ')
}
