// Vectors out of texts, without a model: each word and each of its trigrams moves a few coordinates, found by
// hashing. Texts that share words, or parts of them, come to lie near each other; nothing is known of what
// words mean. The same text always has the same vector.

/** A text, or the ids of its tokens. */
export type Embeddable = string | readonly number[]

/** A vector of length 1, in float32s. */
export function vectorOf(input: Embeddable, dimensions: number): number[] {
  const sums = new Float64Array(dimensions)
  for (const { name, weight } of featuresOf(input)) {
    for (let turn = 0; turn < coordinatesPerFeature; turn += 1) {
      const hash = hashOf(`${turn}${name}`)
      const at = hash % dimensions
      sums[at] = (sums[at] ?? 0) + ((hash >>> 31) & 1 ? weight : -weight)
    }
  }
  const norm = Math.hypot(...sums)
  // all has canceled out, which few coordinates make likely
  if (norm === 0) return Array.from({ length: dimensions }, (_, index) => (index === 0 ? 1 : 0))
  return Array.from(sums, (sum) => Math.fround(sum / norm))
}

const coordinatesPerFeature = 4
const trigramWeight = 0.5

interface Feature {
  name: string
  weight: number
}

function* featuresOf(input: Embeddable): Generator<Feature> {
  if (typeof input !== 'string') {
    for (const id of input) yield { name: `#${id}`, weight: 1 }
    return
  }
  const text = input.normalize('NFKC').toLowerCase()
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [text]
  for (const word of words) {
    yield { name: word, weight: 1 }
    const letters = ` ${word} `
    for (let at = 0; at + 3 <= letters.length; at += 1)
      yield { name: letters.slice(at, at + 3), weight: trigramWeight }
  }
}

/** FNV-1a, and a stir so that neighboring texts differ in all bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
