// Vectors as OpenAI writes them in base64: consecutive little-endian float32 values.

const bytesPerNumber = 4

/** A number that is not a float32 becomes the nearest one, because the form holds no others. */
export function toBase64(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * bytesPerNumber))
  vector.forEach((value, index) => view.setFloat32(index * bytesPerNumber, value, true))
  return Buffer.from(view.buffer).toString('base64')
}

/** The exact numbers of the text. Undefined when it is not base64 of whole float32s. */
export function fromBase64(text: string): number[] | undefined {
  if (!isBase64.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length % bytesPerNumber !== 0) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / bytesPerNumber }, (_, index) =>
    view.getFloat32(index * bytesPerNumber, true),
  )
}

const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/
