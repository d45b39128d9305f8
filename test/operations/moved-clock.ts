// Preloaded into a gateway process: its wall clock, and that of its threads, is ahead by what the file
// CLOCK_OFFSET holds (ms, one float of eight bytes).

const path = process.env['CLOCK_OFFSET']
if (path !== undefined) {
  const offset = new Float64Array(Bun.mmap(path).buffer)
  const real = Date.now
  Date.now = () => real() + (offset[0] ?? 0)
  // a thread does not inherit what its process preloaded
  globalThis.Worker = class extends globalThis.Worker {
    constructor(url: string | URL, options: WorkerOptions = {}) {
      super(url, { ...options, preload: [import.meta.path] })
    }
  }
}
