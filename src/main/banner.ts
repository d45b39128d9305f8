// The text that a start prints: the address, new keys (once), which providers are ready or why not, and a call
// that works as printed.

import { destinationSections } from '../contract/resource.ts'
import type { Snapshot } from '../contract/snapshot.ts'

export interface BannerFacts {
  url: string
  adminUrl: string
  metricsUrl: string
  source: string | undefined
  snapshot: Snapshot
  /** Only at the start that created it. */
  adminSecret: string | undefined
  /** Absent without a demo key. It has `secret` only at the start that created it. */
  demo: { secret?: string } | undefined
  warnings: readonly string[]
}

export function renderBanner(facts: BannerFacts): string[] {
  const lines = [
    `Gatehouse is listening on ${facts.url}`,
    `  rules: ${facts.source ?? 'none (no configuration file); built-in defaults'}, version ${facts.snapshot.version}`,
  ]
  if (facts.adminUrl !== facts.url) lines.push(`  admin API: ${facts.adminUrl}/admin/v1`)
  if (facts.metricsUrl !== facts.url) lines.push(`  metrics: ${facts.metricsUrl}/metrics`)
  if (facts.adminSecret !== undefined)
    lines.push(`  admin key (shown once, for /admin and the command line): ${facts.adminSecret}`)
  if (facts.demo?.secret !== undefined)
    lines.push(`  demo key (shown once, for calls from this machine): ${facts.demo.secret}`)
  for (const { section, serves } of destinationSections) {
    const own = Object.values(facts.snapshot.destinations).filter((rule) => rule.section === section)
    if (own.length > 0 || serves === 'model') lines.push(`  ${section}:`)
    for (const { name, kind, notReady } of own)
      lines.push(`    ${name} (${kind}): ${notReady === undefined ? 'ready' : `not ready, ${notReady}`}`)
  }
  for (const warning of facts.warnings) lines.push(`  warning: ${warning}`)
  if (facts.demo) {
    lines.push(
      '  try it:',
      `    curl -N ${facts.url}/v1/chat/completions -H "authorization: Bearer ${facts.demo.secret ?? '$GATEHOUSE_KEY'}" -H 'content-type: application/json' -d '{"model":"demo/echo","stream":true,"messages":[{"role":"user","content":"Hello, gatehouse"}]}'`,
    )
  }
  return lines
}
