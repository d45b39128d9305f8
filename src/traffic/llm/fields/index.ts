// The fields of requests: their rows in a dialect's table, and what derives from the rows.

export { canonicalFields } from './canonical-fields.ts'
export type { CanonicalField, Support } from './canonical-fields.ts'
export { placeOf, setValueAt, valueAt } from './place.ts'
export { readTexts, readTextOrTexts, readWords } from './reading.ts'
export type { SettingReading } from './reading.ts'
export { below, each, eachType, fieldsIn, withForms, withoutMeanings } from './row.ts'
export type { FieldRow, FieldRows, Meaning } from './row.ts'
export { decodeSettings, encodeMembers } from './settings.ts'
export type { DecodedSettings } from './settings.ts'
export { createTable, outcomeAt, supportOf } from './table.ts'
export type { DialectTable, EmbedTable, GenerateTable, RequestFields } from './table.ts'
