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
    reason: 'Each plane runs alone; they agree on contract/ only.',
    from: inside('src/gateway/'),
    forbids: inside('src/control/'),
    example: { from: 'src/gateway/gate.ts', to: 'src/control/compile.ts' },
  },
  {
    name: 'control does not import gateway',
    reason: 'Each plane runs alone; main hands control the names and schemas of guards and strategies.',
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
    reason: 'The gate does not know what it carries; it knows operations and content.',
    from: inside('src/gateway/'),
    forbids: (to) => to.startsWith('src/traffic/') || to.startsWith('src/upstream/'),
    example: { from: 'src/gateway/pipeline.ts', to: 'src/traffic/llm/index.ts' },
  },
  {
    name: 'traffic does not import gateway or control',
    reason: 'A room gets the gate that it calls as an argument.',
    from: inside('src/traffic/'),
    forbids: (to) => to.startsWith('src/gateway/') || to.startsWith('src/control/'),
    example: { from: 'src/traffic/llm/index.ts', to: 'src/gateway/gate.ts' },
  },
  {
    name: 'rooms of traffic are strangers to each other',
    reason: 'llm, mcp and a2a share the gate and traffic/wire, and nothing else.',
    from: inside('src/traffic/'),
    forbids: (to, from) => differs('src/traffic/')(to, from) && !to.startsWith('src/traffic/wire/'),
    example: { from: 'src/traffic/mcp/session.ts', to: 'src/traffic/llm/index.ts' },
  },
  {
    name: 'traffic/wire imports only kit and contract',
    reason:
      'Every module of traffic builds on it; it knows JSON, event streams and the gate, and no kind of traffic.',
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
    reason: 'What two vendors share belongs into the table of compatible vendors or into the dialect.',
    from: inside('src/traffic/llm/providers/'),
    forbids: differs('src/traffic/llm/providers/'),
    example: {
      from: 'src/traffic/llm/providers/azure/index.ts',
      to: 'src/traffic/llm/providers/demo/index.ts',
    },
  },
  {
    name: 'a dialect does not import a provider',
    reason: 'Provider ≠ dialect: the same dialect is spoken by many.',
    from: inside('src/traffic/llm/dialects/'),
    forbids: inside('src/traffic/llm/providers/'),
    example: {
      from: 'src/traffic/llm/dialects/openai-chat/reply.ts',
      to: 'src/traffic/llm/providers/compatible.ts',
    },
  },
  {
    name: 'only main imports storage',
    reason: 'Everyone else knows the roles of contract/stores.ts; which adapter plays them is decided once.',
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
    reason: 'Each can be taken away without the others.',
    from: (file) => file.startsWith('src/storage/') && !isTest(file),
    forbids: differs('src/storage/'),
    example: { from: 'src/storage/postgres/ledger.ts', to: 'src/storage/sqlite/ledger.ts' },
  },
  {
    name: 'contract imports nothing but kit',
    reason: 'It is what both planes agree on; it must not drag either in.',
    from: inside('src/contract/'),
    forbids: (to) => to.startsWith('src/') && !to.startsWith('src/contract/') && !to.startsWith('src/kit/'),
    example: { from: 'src/contract/record.ts', to: 'src/gateway/draft.ts' },
  },
  {
    name: 'kit imports nothing of ours',
    reason: 'Leaves.',
    from: inside('src/kit/'),
    forbids: (to) => to.startsWith('src/') && !to.startsWith('src/kit/'),
    example: { from: 'src/kit/sse.ts', to: 'src/contract/errors.ts' },
  },
  {
    name: 'price imports contract and kit only',
    reason: 'Routing and admission both ask for prices; a price that knew either would tie them together.',
    from: (file) => file.startsWith('src/gateway/price/') && !isTest(file),
    forbids: (to) =>
      !to.startsWith('src/gateway/price/') && !to.startsWith('src/contract/') && !to.startsWith('src/kit/'),
    example: { from: 'src/gateway/price/cost.ts', to: 'src/gateway/admit/index.ts' },
  },
  {
    name: 'nothing but main and cli imports main',
    reason: 'The composition root knows everyone; nobody knows it but the command that starts it.',
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
    reason: 'What ships does not lean on what proves it.',
    from: (file) => file.startsWith('src/') && !isTest(file),
    forbids: (to) => to.startsWith('test/'),
    example: { from: 'src/upstream/send.ts', to: 'test/upstreams/fake-provider.ts' },
  },
  {
    name: 'rooms are entered by their door',
    reason:
      'What is behind index.ts may change without asking. main.ts, which wires parts, and tests may look inside.',
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
    reason: 'Every address that a user can enter passes the address check. The CLI dials its own gateway.',
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
    name: 'nothing spawns a process',
    reason: 'Only upstream/process.ts may, once there is one.',
    from: isShipped,
    forbidden: /from 'node:child_process'|\bBun\.spawn/,
    example: { file: 'src/control/server.ts', text: "import { exec } from 'node:child_process'" },
  },
  {
    name: 'only main and cli read the environment',
    reason: 'Settings arrive as arguments: what a part depends on is seen where it is made.',
    from: (file) => isShipped(file) && !file.startsWith('src/main') && !file.startsWith('src/cli/'),
    forbidden: /\bprocess\.(?:env|argv)\b|\bBun\.(?:env|argv)\b|\bimport\.meta\.env\b/,
    example: { file: 'src/upstream/index.ts', text: 'const key = process.env.OPENAI_API_KEY' },
  },
  {
    name: 'only kit knows time and chance',
    reason: 'Tests move the clock and seed the chance; a part that reads its own cannot be tested.',
    from: (file) => isShipped(file) && !isKit(file),
    forbidden:
      /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bset(?:Timeout|Interval)\(|\bMath\.random\(|\brandom(?:Bytes|UUID|UUIDv7|Int)\(|\bBun\.sleep\(/,
    example: { file: 'src/gateway/draft.ts', text: 'const at = Date.now()' },
  },
  {
    name: 'nothing prints but cli and main',
    reason: 'Logs go through kit/log, which leaves secrets and content out.',
    from: (file) => isShipped(file) && !file.startsWith('src/main') && !file.startsWith('src/cli/'),
    forbidden: /\bconsole\.(?:log|error|warn|info|debug)\(|\bprocess\.std(?:out|err)\b/,
    example: { file: 'src/gateway/gate.ts', text: 'console.log(request)' },
  },
]
