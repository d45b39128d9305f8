// One row for each member of a Gemini request (fields/row.ts explains rows).
// https://ai.google.dev/api/generate-content, https://ai.google.dev/api/caching

import { below, createTable, each } from '../../../fields/index.ts'
import type { CanonicalField, FieldRow, FieldRows, GenerateTable } from '../../../fields/index.ts'
import { free, name, number, schema, stored, word } from '../../../../wire/fields/form.ts'
import { categories, resolutions } from '../content-forms.ts'
import { camel } from '../google-fields.ts'
import { limits } from './limits.ts'
import { readBudget, readLevel, readSummary, readTier, writeStop } from './settings.ts'
import { toolRows } from './tool-rows.ts'
import { turnRows } from './turn-rows.ts'

const numeric = (means: CanonicalField): FieldRow => ({ means, form: number })

/** decode-config.ts and encode-config.ts read and write formats, log-probabilities and speech. */
const output: FieldRows = {
  responseLogprobs: { means: 'logprobs', read: false, write: false },
  logprobs: { means: 'logprobs', form: number, read: false, write: false },
  responseMimeType: {
    means: ['json-output', 'schema-output'],
    defaults: ['text/plain'],
    form: word('text/plain application/json text/x.enum'),
  },
  responseSchema: {
    means: 'verbatim',
    sends: ['schema-bounds'],
    // The vendor always enforces the schema.
    implies: ['strict-schema'],
    names: ['schema-output'],
    form: schema,
  },
  responseJsonSchema: { means: 'verbatim', form: schema },
  responseFormat: { means: 'refused' },
  responseModalities: { means: ['audio-output', 'image-output'], defaults: [['TEXT']] },
  'responseModalities[]': { form: word('TEXT IMAGE AUDIO MODALITY_UNSPECIFIED') },
  // raw samples only
  speechConfig: { means: 'audio-output', sends: ['audio-output', 'audio-format'] },
  ...below('speechConfig', {
    voiceConfig: { means: 'audio-output' },
    'voiceConfig.prebuiltVoiceConfig': { means: 'audio-output' },
    'voiceConfig.prebuiltVoiceConfig.voiceName': { means: 'audio-output' },
    // custom voices of the caller, and multiple voices
    ...each('voiceConfig', 'replicatedVoiceConfig voice', { means: 'refused' }),
    multiSpeakerVoiceConfig: { means: 'refused' },
    languageCode: { means: 'lost' },
  }),
}

/** encode-config.ts writes the settings that the model accepts. */
const reasoning: FieldRows = {
  thinkingConfig: { means: ['reasoning-effort', 'reasoning-budget', 'reasoning-summary'] },
  'thinkingConfig.thinkingLevel': {
    means: 'reasoning-effort',
    names: ['reasoning-effort'],
    form: word('MINIMAL LOW MEDIUM HIGH THINKING_LEVEL_UNSPECIFIED minimal low medium high'),
    read: readLevel,
    write: false,
  },
  'thinkingConfig.thinkingBudget': {
    means: 'reasoning-budget',
    names: ['reasoning-budget'],
    form: number,
    read: readBudget,
    write: false,
  },
  'thinkingConfig.includeThoughts': {
    means: 'reasoning-summary',
    names: ['reasoning-summary'],
    read: readSummary,
    write: false,
  },
}

const config: FieldRows = {
  temperature: numeric('temperature'),
  topP: numeric('top-p'),
  topK: numeric('top-k'),
  frequencyPenalty: numeric('frequency-penalty'),
  presencePenalty: numeric('presence-penalty'),
  seed: numeric('seed'),
  maxOutputTokens: numeric('max-output'),
  stopSequences: { means: 'stop', write: writeStop },
  'stopSequences[]': {},
  candidateCount: numeric('count'),
  ...output,
  ...reasoning,
  ...each('', 'imageConfig audioTimestamp audioTranscriptionConfig enableAffectiveDialog', { means: 'lost' }),
  mediaResolution: { means: 'lost', form: word(resolutions) },
  ...each('', 'enableEnhancedCivicAnswers routingConfig modelSelectionConfig', { means: 'lost' }),
  // asks for another task
  translationConfig: { means: 'refused' },
}

/** Only Google has them. */
const googlesOwn: FieldRows = {
  // how strictly Google blocks; other vendors have different methods
  safetySettings: { means: 'lost' },
  'safetySettings[].category': { form: word(categories()) },
  'safetySettings[].threshold': {
    form: word(
      'BLOCK_LOW_AND_ABOVE BLOCK_MEDIUM_AND_ABOVE BLOCK_ONLY_HIGH BLOCK_NONE OFF HARM_BLOCK_THRESHOLD_UNSPECIFIED',
    ),
  },
  'safetySettings[].method': { form: word('SEVERITY PROBABILITY HARM_BLOCK_METHOD_UNSPECIFIED') },
  // a policy of the caller's organization (Vertex AI), which no other vendor enforces
  modelArmorConfig: { means: 'refused', form: free },
  // a cached part of the prompt, which only Google has
  cachedContent: { means: 'refused', form: stored('file') },
  // a response that only Google can continue
  continuationToken: { means: 'refused', form: free },
  // where Google would store the result
  generationOutputConfig: { means: 'refused', form: free },
}

export const table: GenerateTable = createTable({
  rows: {
    // Some clients repeat it in the body.
    model: { means: 'structure', form: name },
    ...turnRows,
    ...toolRows,
    generationConfig: { means: 'structure' },
    ...below('generationConfig', config),
    serviceTier: {
      means: 'service-tier',
      form: word('standard flex priority unspecified STANDARD FLEX PRIORITY'),
      read: readTier,
      write: false,
    },
    // Only Vertex AI takes labels.
    labels: { means: 'metadata', sends: [] },
    'labels.*': {},
    store: { means: 'store', sends: [] },
    ...googlesOwn,
  },
  contents: ['contents', 'systemInstruction'],
  requests: ['generateContentRequest'],
  spelling: camel,
  limits,
})
