// Finds the canonical fields that a request uses, and drops those that the target's dialect does not carry.
// This is the first step of every encoder, so that none can forget to name a loss.

import { generateFields } from '../canonical/fields.ts'
import type { GenerateField, GenerateFieldDefinition, RequestParts } from '../canonical/fields.ts'
import type { GenerateRequest, Turn } from '../canonical/request.ts'
import type { SettingDefinition } from '../canonical/settings.ts'
import type { Dialect } from '../dialect.ts'
import { placeOf, valueAt } from '../fields/place.ts'
import type { LossNotes } from './notes.ts'

/**
 * Notes or refuses every field that is used and not carried. Encoders drop what is carried in part, such as a
 * list of stop texts that is too long.
 * @throws GatewayError `unsupported`
 */
export function dropUncarried(request: GenerateRequest, dialect: Dialect, notes: LossNotes): void {
  for (const field of usedFields(request)) if (!notes.carries(field)) notes.drop(field)
  for (const field of foreignFields(request, dialect)) notes.drop(field)
}

/** In the order in which losses are named. */
export function usedFields(request: GenerateRequest): ReadonlySet<GenerateField> {
  const used = new Set<GenerateField>()
  eachPart(request, (name, part, turn) => {
    for (const { field, isUsed } of uses[name]) if (isUsed(part, turn)) used.add(field)
  })
  return used
}

/** Fields with data that only another dialect than the target's can take. No table can carry them. */
function foreignFields(request: GenerateRequest, dialect: Dialect): ReadonlySet<GenerateField> {
  const foreign = new Set<GenerateField>()
  eachPart(request, (name, part) => {
    for (const { field, ownerOf } of owners[name]) {
      const owner = ownerOf(part)
      if (owner !== undefined && owner !== dialect) foreign.add(field)
    }
  })
  return foreign
}

type PartName = keyof RequestParts
type AnyPart = RequestParts[PartName]
type Visit = (name: PartName, part: AnyPart, turn: Turn) => void

function eachPart(request: GenerateRequest, visit: Visit): void {
  for (const turn of request.system) visitTurn(turn, visit)
  for (const turn of request.turns) visitTurn(turn, visit)
  for (const tool of request.tools ?? []) visit('tool', tool, noTurn)
  visit('request', request, noTurn)
}

function visitTurn(turn: Turn, visit: Visit): void {
  visit('turn', turn, turn)
  for (const block of turn.blocks) {
    visit(block.kind, block, turn)
    if (block.kind === 'tool-result') for (const inner of block.blocks) visit(inner.kind, inner, turn)
  }
}

/** For parts outside of turns. */
const noTurn: Turn = { role: 'user', blocks: [] }

/** Each function gets parts of its own kind only: methods, because TypeScript lets those narrow a parameter. */
interface Use {
  field: GenerateField
  isUsed(part: AnyPart, turn: Turn): boolean
}

interface Owner {
  field: GenerateField
  ownerOf(part: AnyPart): Dialect | undefined
}

const definitions = Object.keys(generateFields)
  .filter((field): field is GenerateField => Object.hasOwn(generateFields, field))
  .map((field): [GenerateField, GenerateFieldDefinition | SettingDefinition] => [
    field,
    generateFields[field],
  ])

const uses = byPart((name): Use[] =>
  definitions.flatMap(([field, definition]): Use[] => {
    if ('at' in definition) return name === 'request' ? [settingUse(field, definition)] : []
    const isUsed = definition.usedBy?.[name]
    return isUsed ? [{ field, isUsed }] : []
  }),
)

const owners = byPart((name): Owner[] =>
  definitions.flatMap(([field, definition]): Owner[] => {
    const ownerOf = 'ownedBy' in definition ? definition.ownedBy?.[name] : undefined
    return ownerOf ? [{ field, ownerOf }] : []
  }),
)

function settingUse(field: GenerateField, { at, isUsed = () => true }: SettingDefinition): Use {
  const place = placeOf(at)
  return {
    field,
    isUsed(request: GenerateRequest) {
      const value = valueAt(request, place)
      return value !== undefined && isUsed(value, request)
    },
  }
}

function byPart<Value>(create: (name: PartName) => Value): Readonly<Record<PartName, Value>> {
  return {
    request: create('request'),
    turn: create('turn'),
    tool: create('tool'),
    text: create('text'),
    media: create('media'),
    reasoning: create('reasoning'),
    refusal: create('refusal'),
    native: create('native'),
    'tool-call': create('tool-call'),
    'tool-result': create('tool-result'),
  }
}
