// The kinds of operations and resources, which all modules share, and what differs by kind of resource.

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

/** The keys of grants in the configuration: `models`, `tools`, `agents`. */
export type GrantKind = `${ResourceKind}s`
export const grantKind = <Kind extends ResourceKind>(kind: Kind): `${Kind}s` => `${kind}s`
export const grantKinds = resourceKinds.map(grantKind)

/**
 * Sections of the configuration whose entries are destinations: the kind of resource that they serve, and the
 * noun for one entry. All of them share one namespace, because `a/b` names a target everywhere: in prices,
 * grants, `only`, breakers and records.
 */
export const destinationSections = [
  { section: 'providers', serves: 'model', noun: 'provider' },
  { section: 'mcpServers', serves: 'tool', noun: 'MCP server' },
  { section: 'agents', serves: 'agent', noun: 'agent' },
] as const satisfies readonly { section: string; serves: ResourceKind; noun: string }[]
export type DestinationSection = (typeof destinationSections)[number]['section']

/** The kind of resource that each kind of operation uses. */
export const resourceKindOf: Readonly<Record<OperationKind, ResourceKind>> = {
  'model.generate': 'model',
  'model.embed': 'model',
  'model.list': 'model',
  'tool.call': 'tool',
  'tool.list': 'tool',
  'agent.send': 'agent',
}

/**
 * The destination of a target, `github` for `github/create_issue`: the part before the first slash. An agent
 * may have no slash.
 */
export function destinationOf(target: string): string {
  const slash = target.indexOf('/')
  return slash < 0 ? target : target.slice(0, slash)
}

/** The name at the destination: `create_issue` for `github/create_issue`. Empty if there is no slash. */
export function innerNameOf(target: string): string {
  const slash = target.indexOf('/')
  return slash < 0 ? '' : target.slice(slash + 1)
}
