// What the data plane tells about its providers: asked at the moment, never kept here.

import type { ProviderHealth } from '../../contract/admin-api.ts'

export interface ProvidersNeeds {
  health(): readonly ProviderHealth[]
}

export const providers = (needs: ProvidersNeeds): ProviderHealth[] => [...needs.health()].sort((a, b) => (a.name < b.name ? -1 : 1))
