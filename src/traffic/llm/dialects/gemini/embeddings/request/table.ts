// What this dialect carries, and what its fields stand for. https://ai.google.dev/api/embeddings

import { name, number, text, word } from '../../../../../wire/fields/form.ts'
import type { FormTable } from '../../../../../wire/fields/tree.ts'
import { fromOldTable } from '../../../../fields/old-table.ts'
import type { OldRows } from '../../../../fields/old-table.ts'
import type { OldMeaning } from '../../../../fields/old-table.ts'
import type { EmbedTable } from '../../../../fields/index.ts'
import { partsAt } from '../../content-forms.ts'
import { camel } from '../../google-fields.ts'

const settings: OldRows = {
  taskType: 'task-type',
  title: 'input-title',
  outputDimensionality: 'dimensions',
  ...all('mimeType autoTruncate documentOcr audioTrackExtraction', 'lost'),
}

const part: OldRows = {
  text: 'frame',
  inlineData: 'embedded-media',
  ...below('inlineData.', all('mimeType data displayName', 'embedded-media')),
  fileData: 'embedded-media',
  ...below('fileData.', all('mimeType fileUri displayName', 'embedded-media')),
  ...all(
    'thought thoughtSignature videoMetadata mediaResolution mediaProcessing partMetadata speechMetadata audioTranscription',
    'lost',
  ),
  // parts of conversations, which nobody embeds
  ...all('functionCall functionResponse executableCode codeExecutionResult toolCall toolResponse', 'refused'),
}

const request: OldRows = {
  model: 'moot',
  content: 'frame',
  'content.parts': 'frame',
  'content.role': 'moot',
  ...below('content.parts[].', part),
  ...settings,
  embedContentConfig: 'frame',
  ...below('embedContentConfig.', settings),
}

const tasks =
  'SEMANTIC_SIMILARITY RETRIEVAL_QUERY RETRIEVAL_DOCUMENT CLASSIFICATION CLUSTERING QUESTION_ANSWERING FACT_VERIFICATION CODE_RETRIEVAL_QUERY ' +
  'TASK_TYPE_UNSPECIFIED'

const formsAt = (path: string): FormTable => ({
  [`${path}model`]: name,
  [`${path}content.role`]: word('user model'),
  ...partsAt(`${path}content.parts[]`),
  ...partsAt(`${path}content.parts`),
  ...Object.fromEntries(
    ['', 'embedContentConfig.'].flatMap((inner) => [
      [`${path}${inner}taskType`, word(tasks)] as const,
      [`${path}${inner}title`, text] as const,
      [`${path}${inner}outputDimensionality`, number] as const,
    ]),
  ),
})

const forms: FormTable = { ...formsAt(''), ...formsAt('requests[].') }

export const table: EmbedTable = fromOldTable({
  carries: {
    'token-ids': 'missing',
    'embedded-media': 'carried',
    'embedded-parts': 'carried',
    'task-type': 'carried',
    'input-title': 'carried',
    dimensions: 'carried',
    'mixed-dimensions': 'carried',
    'many-inputs': 'carried',
    user: 'missing',
  },
  forms,
  contents: ['content', 'requests'],
  spelling: camel,
  rows: { ...request, requests: 'frame', ...below('requests[].', request) },
  names: {
    'embedded-media': 'content.parts[]',
    'embedded-parts': 'content.parts[]',
    'mixed-dimensions': 'outputDimensionality',
    'many-inputs': 'requests',
  },
})

function all(names: string, row: OldMeaning): OldRows {
  return Object.fromEntries(names.split(' ').map((name) => [name, row]))
}

function below(path: string, rows: OldRows): OldRows {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [path + name, row]))
}
