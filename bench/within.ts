// Nothing in a benchmark waits without a limit: a contender that hangs is named instead.

export async function within<Value>(limitMs: number, what: string, waiting: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} was not done within ${limitMs / 1000} s`)), limitMs)
  })
  try {
    return await Promise.race([waiting, late])
  } finally {
    clearTimeout(timer)
  }
}
