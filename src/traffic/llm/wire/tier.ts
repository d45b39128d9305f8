// Tiers of service: which of them cost no more than the catalogue says.

/** `auto` and `default` are what the operator's account is set to. */
const usualTiers: ReadonlySet<string> = new Set(['auto', 'default', 'standard', 'standard_only', 'on_demand', 'flex', 'batch'])

/** May this tier cost a multiple of the catalogue's prices? */
export const isDearTier = (tier: string | undefined): boolean => tier !== undefined && !usualTiers.has(tier)
