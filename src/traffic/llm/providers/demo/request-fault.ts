// The refusals of a demo provider in OpenAI's form, and the check for valid JSON.

export class RequestFault extends Error {
  readonly param: string | null
  readonly code: string | null
  readonly status: number

  constructor(message: string, param: string | null, code: string | null = null, status = 400) {
    super(message)
    this.name = 'RequestFault'
    this.param = param
    this.code = code
    this.status = status
  }
}

/** @throws RequestFault */
export function parsed(body: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body))
  } catch {
    throw new RequestFault('We could not parse the JSON body of your request.', null)
  }
}
