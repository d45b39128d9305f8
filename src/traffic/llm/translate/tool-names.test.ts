import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import type { GenerateRequest, ResponseEvent } from '../canonical/index.ts'
import { withAllowedNames, withOriginalNames } from './tool-names.ts'

const limits = { allowed: /^[a-z_][\w-]*$/i, longest: 64 }

const requestOf = (names: readonly string[]): GenerateRequest => ({
  model: 'model',
  isStreaming: false,
  system: [],
  turns: [
    { role: 'user', blocks: [{ kind: 'text', text: 'Hi' }] },
    {
      role: 'assistant',
      blocks: names.map((name, index) => ({
        kind: 'tool-call',
        id: `${index}`,
        name,
        tool: 'function',
        input: '{}',
      })),
    },
    {
      role: 'tool',
      blocks: names.map((name, index) => ({ kind: 'tool-result', callId: `${index}`, name, blocks: [] })),
    },
  ],
  tools: names.map((name) => ({ kind: 'function', name })),
  toolChoice: { kind: 'allowed', names, isRequired: true },
})

test('the provider gets different names that it takes for any tools, and the client sees its own', () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, maxLength: 100 }),
    fc.constantFrom('a.b', 'a_b', 'a/b', '2fa', '_2fa', '__proto__', 'a'.repeat(65)),
  )
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), (names) => {
      const { request, originals } = withAllowedNames(requestOf(names), limits)
      const given = (request.tools ?? []).map((tool) => tool.name)
      for (const one of given) expect(one).toMatch(/^[A-Za-z_][\w-]{0,63}$/)
      expect(new Set(given).size).toBe(names.length)
      const [, said, results] = request.turns
      expect(said?.blocks.map((block) => block.kind === 'tool-call' && block.name)).toEqual(given)
      expect(results?.blocks.map((block) => block.kind === 'tool-result' && block.name)).toEqual(given)
      expect(request.toolChoice).toEqual({ kind: 'allowed', names: given, isRequired: true })
      const seen: string[] = []
      const encoder = withOriginalNames(
        { write: (event) => (event.kind === 'tool-call-start' ? (seen.push(event.name), '') : '') },
        originals,
      )
      for (const one of given)
        encoder.write({
          kind: 'tool-call-start',
          choice: 0,
          id: one,
          callId: one,
          name: one,
          tool: 'function',
        } satisfies ResponseEvent)
      expect(seen).toEqual(names)
    }),
  )
})

test('a name has the same substitute next to any other tools', () => {
  const alone = withAllowedNames(requestOf(['files/read']), limits).request.tools?.[0]?.name
  const among = withAllowedNames(requestOf(['other', 'files/read', 'more.of.them']), limits).request
    .tools?.[1]?.name
  expect([alone, among]).toEqual(['files_read', 'files_read'])
})

test('names that every vendor takes are unchanged', () => {
  const request = requestOf(['weather', 'get-time'])
  expect(withAllowedNames(request, limits).request).toBe(request)
})
