// What callers ask for: the kinds of operations and of resources that every module shares, and what differs
// by kind of resource.

export const operationKinds = [
  'model.generate',
  'model.embed',
  'model.list',
  'tool.call',
  'tool.list',
  'agent.send',
] as const
export type OperationKind = (typeof operationKinds)[number]

export const resourceKinds = ['model', 'tool', 'agent'] as const
export type ResourceKind = (typeof resourceKinds)[number]

export interface Resource {
  kind: ResourceKind
  /**
   * As the caller named it: a model (`fast`), a target (`openai/gpt-5-mini`), a tool (`github/create_issue`),
   * an agent.
   */
  name: string
}

/** What grants are written under: `models`, `tools`, `agents`. */
export type GrantKind = `${ResourceKind}s`
export const grantKind = <Kind extends ResourceKind>(kind: Kind): `${Kind}s` => `${kind}s`
export const grantKinds = resourceKinds.map(grantKind)

/**
 * Sections of the configuration whose entries are destinations: the kind of resource that they serve, and
 * what one entry is called. All of them share one namespace, because `a/b` names a target everywhere: in
 * prices, grants, `only`, breakers and records.
 */
export const destinationSections = [
  { section: 'providers', serves: 'model', noun: 'provider' },
  { section: 'mcpServers', serves: 'tool', noun: 'MCP server' },
  { section: 'agents', serves: 'agent', noun: 'agent' },
] as const satisfies readonly { section: string; serves: ResourceKind; noun: string }[]
export type DestinationSection = (typeof destinationSections)[number]['section']

/** What operations of each kind are asked of. */
export const resourceKindOf: Readonly<Record<OperationKind, ResourceKind>> = {
  'model.generate': 'model',
  'model.embed': 'model',
  'model.list': 'model',
  'tool.call': 'tool',
  'tool.list': 'tool',
  'agent.send': 'agent',
}

/**
 * The destination of a target, `github` for `github/create_issue`: what is before the first slash; an agent
 * may be its own name.
 */
export function destinationOf(target: string): string {
  const slash = target.indexOf('/')
  return slash < 0 ? target : target.slice(0, slash)
}

/**
 * What the destination calls it: `create_issue` for `github/create_issue`; empty where the name is the
 * destination's own.
 */
export function innerNameOf(target: string): string {
  const slash = target.indexOf('/')
  return slash < 0 ? '' : target.slice(slash + 1)
}
