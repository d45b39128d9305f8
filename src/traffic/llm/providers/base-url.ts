// Base URLs as operators write them. Some vendors' paths include the version (`/v1/messages`), others' do not
// (`/chat/completions`). A version at the end of the base is joined once, and `check` reports it.

import type { KindMistake, Place } from './kind.ts'

/** `/v1`, `/v1beta`, `/v1alpha`, `/v1beta1`. */
const version = /^\/v\d+(?:(?:alpha|beta)\d*)?(?=\/|$)/

const pathOf = (baseUrl: string): string => URL.parse(baseUrl)?.pathname.replace(/\/+$/, '') ?? ''

/** The version at the end of the base: `/v1`. */
function versionOf(baseUrl: string): string | undefined {
  const path = pathOf(baseUrl)
  return version.exec(path.slice(path.lastIndexOf('/')))?.[0]
}

/**
 * For dialects whose paths begin with the version: joins a path to this base. The base's own version has
 * precedence.
 */
export function joinedOnce(baseUrl: string): (path: string) => string {
  return versionOf(baseUrl) === undefined ? (path) => path : (path) => path.replace(version, '')
}

const operation = /\/(?:chat\/completions|completions|responses|embeddings|messages)$|:\w+$/

/**
 * @param usual the kind's own base URL; @param addsVersion do the paths of its dialect begin with the
 * version?
 */
export function urlMistake({ baseUrl }: Place, usual: string, addsVersion: boolean): KindMistake | undefined {
  const path = pathOf(baseUrl)
  if (operation.test(path))
    return {
      at: 'url',
      message: 'the url names an operation',
      fix: `write the base alone, like ${usual}`,
      severity: 'warning',
    }
  const said = addsVersion ? versionOf(baseUrl) : undefined
  if (said === undefined) return undefined
  return {
    at: 'url',
    message: `the url ends in ${said}, which the paths of this kind begin with; it is joined once`,
    fix: `leave ${said} out, as in ${usual}`,
    severity: 'warning',
  }
}
