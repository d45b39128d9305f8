// Rows of tools and of the tool choice.

import { below, each } from '../../../fields/index.ts'
import type { FieldRows } from '../../../fields/index.ts'
import { name, number, schema, word } from '../../../../wire/fields/form.ts'

const declarations: FieldRows = below('tools[].functionDeclarations[]', {
  name: { means: 'structure', form: name },
  description: { means: 'structure', sends: ['tool-description'] },
  parameters: { means: 'verbatim', sends: ['tool-bounds'], form: schema },
  parametersJsonSchema: { means: 'verbatim', form: schema },
  // the schema of the function's result, and whether the model waits for the result
  ...each('', 'response responseJsonSchema', { means: 'lost', form: schema }),
  behavior: { means: 'lost', form: word('BLOCKING NON_BLOCKING UNSPECIFIED') },
})

const choice: FieldRows = below('toolConfig', {
  functionCallingConfig: { means: ['tool-choice', 'allowed-tools'] },
  'functionCallingConfig.mode': {
    // Checking calls is a hint, but requiring a call is a requirement.
    means: 'structure',
    // encoded as the mode VALIDATED; ANY always enforces the schemas
    sends: ['strict-tool'],
    names: ['tool-choice'],
    defaults: ['AUTO', 'auto'],
    form: word('AUTO ANY NONE VALIDATED MODE_UNSPECIFIED auto any none validated'),
  },
  'functionCallingConfig.allowedFunctionNames': { means: 'allowed-tools', names: ['allowed-tools'] },
  'functionCallingConfig.allowedFunctionNames[]': { form: name },
  // how the response is split into chunks
  'functionCallingConfig.streamFunctionCallArguments': { means: 'lost', defaults: [false] },
  retrievalConfig: { means: 'lost' },
  ...each('retrievalConfig.latLng', 'latitude longitude', { form: number }),
  'retrievalConfig.languageCode': {},
  includeServerSideToolInvocations: { means: 'lost', defaults: [false] },
})

export const toolRows: FieldRows = {
  tools: { means: ['tools', 'native-tool'] },
  'tools[]': { names: ['native-tool'] },
  // A free-text tool becomes a function with one text argument.
  'tools[].functionDeclarations': { means: 'tools', sends: ['tools', 'custom-tool'], names: ['tools'] },
  ...declarations,
  ...each(
    'tools[]',
    'googleSearch googleSearchRetrieval googleMaps enterpriseWebSearch exaAiSearch parallelAiSearch ' +
      'codeExecution computerUse fileSearch mcpServers retrieval urlContext',
    { means: 'native-tool' },
  ),
  toolConfig: { means: ['tool-choice', 'allowed-tools'] },
  ...choice,
}
