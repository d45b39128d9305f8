// Creates vectors from texts without a model. Each word and each of its trigrams changes a few coordinates,
// which a hash selects. Texts that share words or parts of words have similar vectors. The meaning of words
// has no influence. The same text always has the same vector.

/** A text, or its token ids. */
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
  // all coordinates have canceled out, which is likely if there are few
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

/** FNV-1a with a final mix, so that similar texts differ in all bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
