// One row for each member of a request for embeddings (fields/row.ts explains rows).
// https://ai.google.dev/api/embeddings

import { below, createTable, each, withForms } from '../../../../fields/index.ts'
import type { EmbedTable, FieldRows } from '../../../../fields/index.ts'
import { name, number, word } from '../../../../../wire/fields/form.ts'
import { partsAt } from '../../content-forms.ts'
import { camel } from '../../google-fields.ts'

const tasks =
  'SEMANTIC_SIMILARITY RETRIEVAL_QUERY RETRIEVAL_DOCUMENT CLASSIFICATION CLUSTERING QUESTION_ANSWERING FACT_VERIFICATION CODE_RETRIEVAL_QUERY ' +
  'TASK_TYPE_UNSPECIFIED'

const settings: FieldRows = {
  taskType: { means: 'task-type', form: word(tasks) },
  title: { means: 'input-title' },
  outputDimensionality: { means: 'dimensions', sends: ['dimensions', 'mixed-dimensions'], form: number },
  ...each('', 'mimeType autoTruncate documentOcr audioTrackExtraction', { means: 'lost' }),
}

const part: FieldRows = {
  text: { means: 'structure' },
  inlineData: { means: 'embedded-media' },
  ...each('inlineData', 'mimeType data displayName', { means: 'embedded-media' }),
  fileData: { means: 'embedded-media' },
  ...each('fileData', 'mimeType fileUri displayName', { means: 'embedded-media' }),
  ...each(
    '',
    'thought thoughtSignature videoMetadata mediaResolution mediaProcessing partMetadata speechMetadata audioTranscription',
    { means: 'lost' },
  ),
  // parts of conversations, which cannot be embedded
  ...each('', 'functionCall functionResponse executableCode codeExecutionResult toolCall toolResponse', {
    means: 'refused',
  }),
}

const request: FieldRows = withForms(
  {
    model: { means: 'ignored', form: name },
    content: { means: 'structure' },
    'content.parts': { means: 'structure' },
    'content.role': { means: 'ignored', form: word('user model') },
    'content.parts[]': { sends: ['embedded-parts'], names: ['embedded-media'] },
    ...below('content.parts[]', part),
    ...settings,
    embedContentConfig: { means: 'structure' },
    ...below('embedContentConfig', settings),
  },
  { ...partsAt('content.parts[]'), ...partsAt('content.parts') },
)

export const table: EmbedTable = createTable({
  rows: {
    ...request,
    requests: { means: 'structure', sends: ['many-inputs'] },
    ...below('requests[]', request),
  },
  contents: ['content', 'requests'],
  spelling: camel,
})
