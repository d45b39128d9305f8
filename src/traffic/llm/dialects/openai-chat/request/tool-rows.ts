// Rows of tools and of the tool choice.

import { below, withoutMeanings } from '../../../fields/index.ts'
import type { FieldRows } from '../../../fields/index.ts'
import { free, name, schema, word } from '../../../../wire/fields/form.ts'
import { cacheBreakpoint, cacheControl } from './turn-rows.ts'

export const toolRows: FieldRows = {
  tools: { means: ['tools', 'custom-tool', 'native-tool'] },
  'tools[]': { names: ['native-tool'] },
  'tools[type=function]': { means: 'structure' },
  'tools[type=custom]': { means: 'structure' },
  'tools[].type': { means: 'structure', form: word('function custom') },
  ...below('tools[]', cacheControl),
  'tools[].function': { means: 'tools' },
  'tools[].function.name': { means: 'tools', form: name },
  'tools[].function.description': { means: 'tools', sends: ['tools', 'tool-description'] },
  'tools[].function.parameters': { means: 'verbatim', names: ['tool-bounds'], form: schema },
  'tools[].function.strict': { means: ['strict-tool', 'tool-bounds'] },
  'tools[].custom': { means: 'custom-tool', names: ['custom-tool'] },
  'tools[].custom.name': { means: 'custom-tool', form: name },
  'tools[].custom.description': { means: 'custom-tool' },
  'tools[].custom.format': { means: 'custom-tool-grammar', defaults: [{ type: 'text' }] },
  'tools[].custom.format.type': { means: 'structure', form: word('text grammar') },
  'tools[].custom.format.grammar': { means: 'custom-tool-grammar' },
  'tools[].custom.format.grammar.syntax': { means: 'custom-tool-grammar', form: word('lark regex') },
  'tools[].custom.format.grammar.definition': { means: 'custom-tool-grammar' },
  // members that other servers accept
  'tools[].name': { form: name },
  ...below('tools[]', withoutMeanings(cacheBreakpoint)),
  functions: { means: 'tools' },
  'functions[].name': { means: 'tools', form: name },
  'functions[].description': { means: 'tools' },
  'functions[].parameters': { means: 'verbatim', form: schema },
  tool_choice: { means: ['tool-choice', 'allowed-tools'], form: word('none auto required any') },
  'tool_choice.type': {
    means: 'structure',
    form: word('function custom allowed_tools auto none any required'),
  },
  'tool_choice.function': { means: 'tool-choice' },
  'tool_choice.function.name': { means: 'tool-choice', form: name },
  'tool_choice.custom': { means: ['tool-choice', 'custom-tool'] },
  'tool_choice.custom.name': { means: ['tool-choice', 'custom-tool'], form: name },
  'tool_choice.allowed_tools': { means: 'allowed-tools', names: ['allowed-tools'] },
  'tool_choice.allowed_tools.mode': { means: 'allowed-tools', form: word('auto required') },
  'tool_choice.allowed_tools.tools': { means: 'verbatim', form: free },
  function_call: { means: 'tool-choice', form: word('none auto') },
  'function_call.name': { means: 'tool-choice', form: name },
  parallel_tool_calls: { means: 'parallel-tool-calls' },
}
