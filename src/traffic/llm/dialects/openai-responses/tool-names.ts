// Maps tool names between this dialect and the others. Here a tool may belong to a namespace, and clients may
// run a search for tools themselves (https://platform.openai.com/docs/guides/tools-tool-search); elsewhere
// both are functions with one flat name. The response uses the names of its request.

import { createHash } from 'node:crypto'

export interface WireTool {
  kind: 'plain' | 'search'
  name: string
  namespace?: string
}

export class ToolNames {
  private readonly byFlat = new Map<string, WireTool>()

  /** The offered tools by flat name. */
  get offered(): ReadonlyMap<string, WireTool> {
    return this.byFlat
  }

  /** The flat name of a tool of this request. */
  offer(tool: WireTool): string {
    const flat = flatName(tool)
    if (!this.byFlat.has(flat)) this.byFlat.set(flat, tool)
    return flat
  }

  /**
   * The flat name of a tool that was called earlier. OpenAI puts a tool that an item defined into a namespace
   * with the name of the tool. No request offers that namespace.
   */
  called(tool: Pick<WireTool, 'name' | 'namespace'>): string {
    const flat = flatName(tool)
    return tool.namespace === tool.name && !this.byFlat.has(flat) && this.byFlat.has(tool.name)
      ? tool.name
      : flat
  }
}

/** The name of a tool in a response. */
export const wireTool = (offered: ReadonlyMap<string, WireTool> | undefined, flat: string): WireTool =>
  offered?.get(flat) ?? { kind: 'plain', name: flat }

/**
 * `crm__find_customer`. Vendors accept 64 characters. A longer name is cut and gets a hash of the whole name.
 */
function flatName({ name, namespace }: Pick<WireTool, 'name' | 'namespace'>): string {
  if (namespace === undefined) return name
  const whole = namespace.endsWith('__') ? namespace + name : `${namespace}__${name}`
  if (whole.length <= longest) return whole
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 8)
  return `${whole.slice(0, longest - hash.length - 1)}_${hash}`
}

const longest = 64
