// The borders of the layout (DESIGN: the house), as data. Each rule says which import or use is forbidden,
// why, and gives one example that breaks the rule.

export interface ImportRule {
  name: string
  reason: string
  /** Does the rule apply to this importing file? */
  from(file: string): boolean
  /** Does the rule forbid this import? */
  forbids(to: string, from: string): boolean
  /** A pair that the rule must catch. A rule that cannot fail protects nothing. */
  example: { from: string; to: string }
}

export interface TextRule {
  name: string
  reason: string
  from(file: string): boolean
  forbidden: RegExp
  example: { file: string; text: string }
}

const inside = (folder: string) => (file: string) => file.startsWith(folder)
const isTest = (file: string) => file.endsWith('.test.ts') || file.startsWith('test/')
const room = (file: string, parent: string) =>
  file.startsWith(parent) ? file.slice(parent.length).split('/')[0] : undefined
const isOf = (file: string, parent: string) => {
  const name = room(file, parent)
  return name !== undefined && !name.endsWith('.ts')
}
const differs = (parent: string) => (to: string, from: string) =>
  isOf(to, parent) && isOf(from, parent) && room(to, parent) !== room(from, parent)

const rooms = [
  'src/gateway/',
  'src/control/',
  'src/upstream/',
  'src/storage/',
  'src/traffic/llm/',
  'src/traffic/mcp/',
  'src/traffic/a2a/',
  'src/cli/',
]

export const importRules: readonly ImportRule[] = [
  {
    name: 'gateway does not import control',
    reason: 'Each plane runs alone. The planes share only contract/.',
    from: inside('src/gateway/'),
    forbids: inside('src/control/'),
    example: { from: 'src/gateway/gate.ts', to: 'src/control/compile.ts' },
  },
  {
    name: 'control does not import gateway',
    reason: 'Each plane runs alone. main passes the names and schemas of guards and strategies to control.',
    from: inside('src/control/'),
    forbids: inside('src/gateway/'),
    example: { from: 'src/control/compile.ts', to: 'src/gateway/inspect/index.ts' },
  },
  {
    name: 'control does not import traffic or upstream',
    reason: 'Providers and credentials reach control as names and schemas, through main.',
    from: inside('src/control/'),
    forbids: (to) => to.startsWith('src/traffic/') || to.startsWith('src/upstream/'),
    example: { from: 'src/control/compile.ts', to: 'src/traffic/llm/providers/index.ts' },
  },
  {
    name: 'gateway does not import traffic or upstream',
    reason: 'The gate knows operations and content, but no kind of traffic.',
    from: inside('src/gateway/'),
    forbids: (to) => to.startsWith('src/traffic/') || to.startsWith('src/upstream/'),
    example: { from: 'src/gateway/pipeline.ts', to: 'src/traffic/llm/index.ts' },
  },
  {
    name: 'traffic does not import gateway or control',
    reason: 'A module of traffic gets the gate that it calls as an argument.',
    from: inside('src/traffic/'),
    forbids: (to) => to.startsWith('src/gateway/') || to.startsWith('src/control/'),
    example: { from: 'src/traffic/llm/index.ts', to: 'src/gateway/gate.ts' },
  },
  {
    name: 'the modules of traffic do not import each other',
    reason: 'llm, mcp and a2a share only the gate and traffic/wire.',
    from: inside('src/traffic/'),
    forbids: (to, from) => differs('src/traffic/')(to, from) && !to.startsWith('src/traffic/wire/'),
    example: { from: 'src/traffic/mcp/session.ts', to: 'src/traffic/llm/index.ts' },
  },
  {
    name: 'traffic/wire imports only kit and contract',
    reason:
      'Every module of traffic uses it. It knows JSON, event streams and the gate, but no kind of traffic.',
    from: (file) => file.startsWith('src/traffic/wire/') && !isTest(file),
    forbids: (to) =>
      to.startsWith('src/') &&
      !['src/traffic/wire/', 'src/kit/', 'src/contract/'].some((folder) => to.startsWith(folder)),
    example: { from: 'src/traffic/wire/event.ts', to: 'src/traffic/llm/wire/faults.ts' },
  },
  {
    name: 'a dialect does not import a dialect',
    reason: 'Translation goes through the canonical form: M + N, not M × N.',
    from: inside('src/traffic/llm/dialects/'),
    forbids: differs('src/traffic/llm/dialects/'),
    example: {
      from: 'src/traffic/llm/dialects/gemini/reply.ts',
      to: 'src/traffic/llm/dialects/openai-chat/usage.ts',
    },
  },
  {
    name: 'a provider does not import a provider',
    reason: 'Code that two vendors share belongs in the table of compatible vendors or in the dialect.',
    from: inside('src/traffic/llm/providers/'),
    forbids: differs('src/traffic/llm/providers/'),
    example: {
      from: 'src/traffic/llm/providers/azure/index.ts',
      to: 'src/traffic/llm/providers/demo/index.ts',
    },
  },
  {
    name: 'a dialect does not import a provider',
    reason: 'Provider ≠ dialect: many providers use the same dialect.',
    from: inside('src/traffic/llm/dialects/'),
    forbids: inside('src/traffic/llm/providers/'),
    example: {
      from: 'src/traffic/llm/dialects/openai-chat/reply.ts',
      to: 'src/traffic/llm/providers/compatible.ts',
    },
  },
  {
    name: 'only main imports storage',
    reason: 'All other code uses the roles of contract/stores.ts. One place chooses the adapters.',
    from: (file) =>
      file.startsWith('src/') &&
      file !== 'src/main.ts' &&
      !file.startsWith('src/main/') &&
      !file.startsWith('src/storage/') &&
      !isTest(file),
    forbids: inside('src/storage/'),
    example: { from: 'src/gateway/record/drain.ts', to: 'src/storage/sqlite/index.ts' },
  },
  {
    name: 'a storage adapter does not import another',
    reason: 'Each adapter can be removed without the others.',
    from: (file) => file.startsWith('src/storage/') && !isTest(file),
    forbids: differs('src/storage/'),
    example: { from: 'src/storage/postgres/ledger.ts', to: 'src/storage/sqlite/ledger.ts' },
  },
  {
    name: 'contract imports nothing but kit',
    reason: 'Both planes share the contract, so it must not import either plane.',
    from: inside('src/contract/'),
    forbids: (to) => to.startsWith('src/') && !to.startsWith('src/contract/') && !to.startsWith('src/kit/'),
    example: { from: 'src/contract/record.ts', to: 'src/gateway/draft.ts' },
  },
  {
    name: 'kit imports no other folder of the sources',
    reason: 'kit is a leaf: it depends on no other part.',
    from: inside('src/kit/'),
    forbids: (to) => to.startsWith('src/') && !to.startsWith('src/kit/'),
    example: { from: 'src/kit/sse.ts', to: 'src/contract/errors.ts' },
  },
  {
    name: 'price imports contract and kit only',
    reason: 'Routing and admission both use prices. If price imported either, it would couple them.',
    from: (file) => file.startsWith('src/gateway/price/') && !isTest(file),
    forbids: (to) =>
      !to.startsWith('src/gateway/price/') && !to.startsWith('src/contract/') && !to.startsWith('src/kit/'),
    example: { from: 'src/gateway/price/cost.ts', to: 'src/gateway/admit/index.ts' },
  },
  {
    name: 'nothing but main and cli imports main',
    reason: 'The composition root imports all parts. Only the command that starts it imports the root.',
    from: (file) =>
      file.startsWith('src/') &&
      file !== 'src/main.ts' &&
      !file.startsWith('src/main/') &&
      !file.startsWith('src/cli/'),
    forbids: (to) => to === 'src/main.ts' || to.startsWith('src/main/'),
    example: { from: 'src/gateway/server.ts', to: 'src/main.ts' },
  },
  {
    name: 'src does not import test',
    reason: 'Shipped code does not depend on tests.',
    from: (file) => file.startsWith('src/') && !isTest(file),
    forbids: (to) => to.startsWith('test/'),
    example: { from: 'src/upstream/send.ts', to: 'test/upstreams/fake-provider.ts' },
  },
  {
    name: 'other modules import a module only through its index.ts',
    reason:
      'Files of a module may change without notice. main.ts, which wires parts, and tests may import them.',
    from: (file) => file.startsWith('src/') && !file.startsWith('src/main') && !isTest(file),
    forbids(to, from) {
      const home = rooms.find((folder) => to.startsWith(folder))
      return home !== undefined && !from.startsWith(home) && to !== `${home}index.ts`
    },
    example: { from: 'src/traffic/llm/index.ts', to: 'src/upstream/send.ts' },
  },
]

const isKit = inside('src/kit/')
const isShipped = (file: string) => file.startsWith('src/') && !isTest(file)

export const textRules: readonly TextRule[] = [
  {
    name: 'only upstream dials',
    reason:
      'Every address that a user enters must pass the address check. The CLI connects only to its own gateway.',
    from: (file) =>
      isShipped(file) &&
      !file.startsWith('src/upstream/') &&
      !file.startsWith('src/storage/') &&
      !file.startsWith('src/cli/'),
    // a handler's own `fetch(request…)` is a method definition and not a call
    forbidden:
      /(?<![.\w])fetch\((?!request)|\bBun\.connect\(|\bnew WebSocket\(|from 'node:(?:net|http|https|tls|dgram)'(?<!import \{ (?:BlockList, )?isIP(?:, BlockList)? \} from 'node:net')/,
    example: { file: 'src/traffic/llm/door.ts', text: 'await fetch(url)' },
  },
  {
    name: 'no source file starts a process',
    reason: 'Only a future upstream/process.ts may start processes.',
    from: isShipped,
    forbidden: /from 'node:child_process'|\bBun\.spawn/,
    example: { file: 'src/control/server.ts', text: "import { exec } from 'node:child_process'" },
  },
  {
    name: 'only main and cli read the environment',
    reason: 'Settings arrive as arguments, so the dependencies of a part are visible where it is created.',
    from: (file) => isShipped(file) && !file.startsWith('src/main') && !file.startsWith('src/cli/'),
    forbidden: /\bprocess\.(?:env|argv)\b|\bBun\.(?:env|argv)\b|\bimport\.meta\.env\b/,
    example: { file: 'src/upstream/index.ts', text: 'const key = process.env.OPENAI_API_KEY' },
  },
  {
    name: 'only kit reads the clock and random values',
    reason: 'Tests control the clock and the random values. A part that reads its own cannot be tested.',
    from: (file) => isShipped(file) && !isKit(file),
    forbidden:
      /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bset(?:Timeout|Interval)\(|\bMath\.random\(|\brandom(?:Bytes|UUID|UUIDv7|Int)\(|\bBun\.sleep\(/,
    example: { file: 'src/gateway/draft.ts', text: 'const at = Date.now()' },
  },
  {
    name: 'only cli and main print',
    reason: 'Logs go through kit/log, which removes secrets and content.',
    from: (file) => isShipped(file) && !file.startsWith('src/main') && !file.startsWith('src/cli/'),
    forbidden: /\bconsole\.(?:log|error|warn|info|debug)\(|\bprocess\.std(?:out|err)\b/,
    example: { file: 'src/gateway/gate.ts', text: 'console.log(request)' },
  },
]
