// Preloaded into a gateway process: shifts its wall clock, and that of its threads, by the content of the
// file CLOCK_OFFSET (ms, one float of eight bytes).

const path = process.env['CLOCK_OFFSET']
if (path !== undefined) {
  const offset = new Float64Array(Bun.mmap(path).buffer)
  const real = Date.now
  Date.now = () => real() + (offset[0] ?? 0)
  // a thread does not inherit the preloads of its process
  globalThis.Worker = class extends globalThis.Worker {
    constructor(url: string | URL, options: WorkerOptions = {}) {
      super(url, { ...options, preload: [import.meta.path] })
    }
  }
}
