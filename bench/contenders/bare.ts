// The floor of the runtime: a Bun proxy that does nothing but forward. bun bench/contenders/bare.ts PORT
// UPSTREAM

const [port, upstream] = [Number(process.argv[2]), process.argv[3]]

Bun.serve({
  hostname: '127.0.0.1',
  port,
  idleTimeout: 0,
  async fetch(request) {
    const abort = new AbortController()
    request.signal.addEventListener('abort', () => abort.abort())
    const upstreamResponse = await fetch(`${upstream}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer upstream' },
      body: await request.arrayBuffer(),
      signal: abort.signal,
    })
    const type = upstreamResponse.headers.get('content-type') ?? 'application/json'
    if (!type.startsWith('text/event-stream'))
      return new Response(await upstreamResponse.arrayBuffer(), { headers: { 'content-type': type } })
    const reader = upstreamResponse.body?.getReader()
    return new Response(
      new ReadableStream(
        {
          async pull(controller) {
            const piece = await reader?.read()
            if (!piece || piece.done) controller.close()
            else controller.enqueue(piece.value)
          },
          cancel: () => abort.abort(),
        },
        { highWaterMark: 0 },
      ),
      { headers: { 'content-type': type } },
    )
  },
})
