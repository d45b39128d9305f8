// Rows of tools and of the tool choice. The forms of a tool's members are in content-forms.ts, because
// responses repeat the tools.

import { below, eachType, withForms } from '../../../fields/index.ts'
import type { FieldRows } from '../../../fields/index.ts'
import { free, name, word } from '../../../../wire/fields/form.ts'
import { toolsAt } from '../content-forms.ts'

const vendorTools =
  'file_search computer computer_use_preview web_search web_search_2025_08_26 web_search_preview ' +
  'web_search_preview_2025_03_11 mcp code_interpreter programmatic_tool_calling image_generation local_shell ' +
  'shell apply_patch'

const plainToolRowsAt = (path: string): FieldRows => ({
  ...eachType(path, 'function custom', { means: 'structure' }),
  // In other dialects, a search that the client runs is a function. OpenAI's own search is sent only to
  // OpenAI.
  ...eachType(path, 'tool_search', { means: 'structure' }),
  ...eachType(path, vendorTools, { means: 'native-tool' }),
  ...below(`${path}[]`, {
    type: { means: 'structure', names: ['custom-tool', 'native-tool'] },
    name: { means: 'structure' },
    description: { means: 'structure', sends: ['tool-description'] },
    parameters: { means: 'verbatim', names: ['tool-bounds'] },
    output_schema: { means: 'lost' },
    strict: { means: ['strict-tool', 'tool-bounds'] },
    format: { means: 'custom-tool-grammar', defaults: [{ type: 'text' }] },
    'format.type': { means: 'structure' },
    'format.syntax': { means: 'custom-tool-grammar' },
    'format.definition': { means: 'custom-tool-grammar' },
    execution: { means: 'structure' },
    // Programs that OpenAI runs can call the tool only at OpenAI.
    allowed_callers: { means: 'lost', defaults: [['direct']] },
    // Other dialects offer deferred tools from the start.
    defer_loading: { means: 'lost', defaults: [false] },
    // In other dialects, the request after a call always has the result of the call.
    async: { means: 'lost', defaults: [false] },
  }),
})

/** Tools and namespaces of tools, of the request or of an item that defines tools. */
export const toolRowsAt = (path: string): FieldRows => ({
  [path]: { means: ['tools', 'custom-tool', 'native-tool'] },
  ...plainToolRowsAt(path),
  [`${path}[type=namespace].type`]: { means: 'structure' },
  [`${path}[type=namespace].name`]: { means: 'structure' },
  // each tool in it has a description
  [`${path}[type=namespace].description`]: { means: 'lost' },
  [`${path}[type=namespace].tools`]: { means: 'tools' },
  ...plainToolRowsAt(`${path}[type=namespace].tools`),
})

const choiceRows: FieldRows = {
  tool_choice: { means: ['tool-choice', 'allowed-tools'], form: word('none auto required') },
  'tool_choice.type': {
    means: 'structure',
    form: word(
      'function custom allowed_tools mcp file_search web_search_preview computer_use_preview web_search_preview_2025_03_11 ' +
        'image_generation code_interpreter web_search apply_patch shell computer programmatic_tool_calling tool_search',
    ),
  },
  'tool_choice.name': { means: 'tool-choice', form: name },
  'tool_choice.mode': { means: 'allowed-tools', form: word('auto required') },
  'tool_choice.tools': { means: 'verbatim', names: ['allowed-tools'], form: free },
  'tool_choice.server_label': { means: 'refused', form: name },
  parallel_tool_calls: { means: 'parallel-tool-calls' },
}

export const toolRows = withForms(
  { ...toolRowsAt('tools'), ...choiceRows },
  { ...toolsAt('tools'), ...toolsAt('tools[].tools') },
)
