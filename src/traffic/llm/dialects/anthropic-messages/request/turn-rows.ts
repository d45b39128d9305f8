// Rows of messages, instructions and their blocks. The forms of a block's members are in content-forms.ts,
// because responses have the same blocks.

import { below, each, eachType, withForms } from '../../../fields/index.ts'
import type { FieldRows } from '../../../fields/index.ts'
import { word } from '../../../../wire/fields/form.ts'
import { blocksAt } from '../content-forms.ts'

const citations =
  'char_location page_location content_block_location web_search_result_location search_result_location'

const cacheRows: FieldRows = {
  cache_control: { means: 'cache' },
  'cache_control.type': { means: 'ignored' },
  'cache_control.ttl': { means: 'cache-ttl' },
}

/** Texts, images and documents in messages and in tool results. */
const contentRowsAt = (path: string): FieldRows => ({
  ...eachType(path, 'text image document', { means: 'structure' }),
  ...eachType(path, 'search_result', { means: 'native' }),
  ...below(`${path}[]`, {
    type: { means: 'structure' },
    text: { means: 'structure' },
    ...cacheRows,
    citations: { means: ['given-citations', 'file-citable'], names: ['given-citations'] },
    'citations.enabled': { means: 'file-citable' },
  }),
  ...eachType(`${path}[].citations`, citations, { means: 'verbatim' }),
  ...below(`${path}[]`, {
    source: { means: 'structure', names: ['image', 'file', 'file-text'] },
    'source.type': { means: 'structure' },
    'source.media_type': { means: 'structure' },
    'source.data': { means: ['image', 'file', 'file-text'] },
    'source.url': { means: ['image-url', 'file-url'] },
    'source.file_id': { means: 'stored-media' },
    'source.content': { means: 'native' },
    title: { means: 'file-about' },
    context: { means: 'file-context' },
    transformations: { means: 'lost' },
  }),
})

const vendorBlocks =
  'server_tool_use web_search_tool_result web_fetch_tool_result advisor_tool_result code_execution_tool_result ' +
  'bash_code_execution_tool_result text_editor_code_execution_tool_result tool_search_tool_result mcp_tool_use ' +
  'mcp_tool_result container_upload compaction mcp_tool_listing fallback'

const messages: FieldRows = {
  messages: { means: 'structure' },
  'messages[].role': {
    means: 'structure',
    sends: ['prefill'],
    names: ['instruction-inside', 'assistant-first'],
    form: word('user assistant system'),
  },
  'messages[].content': { means: 'structure' },
  'messages[].content[]': { names: ['native'] },
  // how long the model sees it, and with how much effort it thinks about it
  'messages[].clear_at': { means: 'refused', defaults: ['never'] },
  'messages[].output_config': { means: 'lost' },
  ...contentRowsAt('messages[].content'),
  ...eachType('messages[].content', 'thinking redacted_thinking tool_use tool_result', {
    means: 'structure',
  }),
  ...eachType('messages[].content', vendorBlocks, { means: 'native' }),
  // In instructions, they change the tools from that position on.
  ...eachType('messages[].content', 'tool_addition tool_removal', { means: 'refused' }),
  ...below('messages[].content[]', {
    thinking: { means: 'given-reasoning', names: ['unsigned-reasoning'] },
    signature: { means: 'given-reasoning' },
    data: { means: 'given-reasoning' },
    id: { means: 'structure', names: ['missing-result'] },
    name: { means: 'structure' },
    input: { means: 'verbatim' },
    caller: { means: 'lost', defaults: [{ type: 'direct' }] },
    toolset_name: { means: 'lost' },
    tool_use_id: { means: 'structure' },
    content: { means: 'structure' },
    'content[]': { sends: ['tool-result-media'] },
  }),
  ...contentRowsAt('messages[].content[].content'),
  ...eachType('messages[].content[].content', 'browser_state', { means: 'native' }),
  ...eachType('messages[].content[].content', 'tool_reference', { means: 'structure' }),
  'messages[].content[].content[type=tool_reference].tool_name': { means: 'structure' },
  'messages[].content[].is_error': { means: 'tool-result-error' },
}

const system: FieldRows = {
  system: { means: 'structure', names: ['instructions-only'] },
  ...each('system[]', 'type text', { means: 'structure' }),
  ...below('system[]', cacheRows),
  'system[].citations': { means: 'given-citations' },
  ...eachType('system[].citations', citations, { means: 'verbatim' }),
}

export const messageRows = withForms(messages, blocksAt('messages[].content[]'))
export const systemRows = withForms(system, blocksAt('system[]'))
