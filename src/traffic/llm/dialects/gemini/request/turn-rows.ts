// Rows of contents and their parts. The forms of a part's members are in content-forms.ts, because responses
// have the same parts.

import { below, each, withForms } from '../../../fields/index.ts'
import type { FieldRows } from '../../../fields/index.ts'
import { word } from '../../../../wire/fields/form.ts'
import { partsAt } from '../content-forms.ts'

const part = 'contents[].parts[]'
/** Google accepts a single object in place of a list. */
const otherParts = ['contents.parts[]', 'contents[].parts', 'systemInstruction.parts']
const roles = word('user model system function tool')

const nameRow: FieldRows = {
  // AI Studio refuses `displayName`.
  displayName: { means: ['file-about', 'media-name'], sends: [] },
}

const blobRowsAt = (path: string): FieldRows => ({
  [path]: {
    means: ['image', 'audio', 'video', 'file'],
    sends: ['image', 'audio', 'video', 'file', 'file-text', 'assistant-media'],
  },
  ...below(path, {
    data: { means: ['image', 'audio', 'video', 'file'] },
    mimeType: { means: 'structure' },
    ...nameRow,
  }),
})

const fileRowsAt = (path: string): FieldRows => ({
  [path]: {
    means: ['image-url', 'file-url', 'audio', 'video', 'stored-media'],
    sends: ['image-url', 'file-url', 'audio', 'audio-url', 'video', 'stored-media'],
  },
  ...below(path, {
    fileUri: { means: ['image-url', 'file-url', 'audio', 'video', 'stored-media'] },
    mimeType: { means: 'structure' },
    ...nameRow,
  }),
})

const contents: FieldRows = {
  contents: { means: 'structure' },
  'contents[].role': { means: 'structure', names: ['assistant-first', 'prefill'], form: roles },
  'contents.role': { form: roles },
  'contents[].parts': { means: 'structure' },
  [part]: { names: ['native'] },
  ...below(part, {
    text: { means: 'structure' },
    thought: { means: 'unsigned-reasoning', sends: [] },
    thoughtSignature: { means: ['given-reasoning', 'signature'] },
    ...blobRowsAt('inlineData'),
    ...fileRowsAt('fileData'),
    functionCall: { means: 'structure', names: ['missing-result'] },
    ...each('functionCall', 'id name', { means: 'structure' }),
    'functionCall.args': { means: 'verbatim' },
    // fragments of arguments, only in responses
    ...each('functionCall', 'partialArgs willContinue', { means: 'refused' }),
    functionResponse: { means: 'structure' },
    ...each('functionResponse', 'id name', { means: 'structure' }),
    'functionResponse.response': { means: 'verbatim', sends: ['tool-result-error'] },
    'functionResponse.parts': { means: 'tool-result-media' },
    ...blobRowsAt('functionResponse.parts[].inlineData'),
    ...fileRowsAt('functionResponse.parts[].fileData'),
    'functionResponse.parts[].mediaProcessing': { means: 'lost' },
    ...each('functionResponse', 'scheduling willContinue', { means: 'lost' }),
    ...each('', 'toolCall toolResponse executableCode codeExecutionResult', { means: 'native' }),
    ...each('', 'videoMetadata mediaProcessing partMetadata speechMetadata audioTranscription', {
      means: 'lost',
    }),
    mediaResolution: { means: 'lost', names: ['image-detail'] },
  }),
}

const system: FieldRows = {
  systemInstruction: { means: 'structure', names: ['instructions-only'] },
  'systemInstruction.role': { means: 'ignored', form: word('user system model') },
  'systemInstruction.parts': { means: 'structure' },
  ...below('systemInstruction.parts[]', {
    text: { means: 'structure' },
    ...each('', 'inlineData fileData functionCall functionResponse toolCall toolResponse', {
      means: 'refused',
    }),
    ...each('', 'executableCode codeExecutionResult', { means: 'refused' }),
    ...each(
      '',
      'thought thoughtSignature videoMetadata mediaResolution mediaProcessing partMetadata speechMetadata audioTranscription',
      { means: 'lost' },
    ),
  }),
}

/** Instructions and contents, in the order of an encoded request. */
export const turnRows = withForms(
  { ...system, ...contents },
  {
    ...partsAt(part),
    ...partsAt('systemInstruction.parts[]'),
    ...Object.assign({}, ...otherParts.map(partsAt)),
  },
)
