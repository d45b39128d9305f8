// One chat completion as the gate sees it: looked at, edited, bounded in cost, attempted.

import type { Edit } from '../../../../contract/content.ts'
import type { Operation } from '../../../../contract/operation.ts'
import type { Attempt, Content, Demand, OperationFacts, Reply } from '../../../../contract/traffic.ts'
import { splice } from '../../../../kit/splice.ts'
import type { ProviderOf } from '../../provider.ts'
import { demandOf } from './demand.ts'
import { unknownChannel } from './reply-edit.ts'
import { readReply } from './reply.ts'
import { pieceOf, readContent } from './request-content.ts'
import type { RequestContent } from './request-content.ts'
import { hasServerTools, toolNames } from './request-tools.ts'
import { spliceSlot } from './slot.ts'
import { translate } from './translate.ts'
import { viewChat } from './view.ts'
import type { ChatView } from './view.ts'

export interface ChatOptions {
  providerOf: ProviderOf
  /** Containers in each other. */
  maxDepth: number
}

export const dialect = 'openai-chat'

/** @throws GatewayError `bad-request` */
export function chatOperation(body: Uint8Array, options: ChatOptions): Operation {
  return new Chat(viewChat(body, options), body.length, options)
}

class Chat implements Operation {
  readonly kind = 'model.generate'
  readonly direction = 'forward'
  readonly dialect = dialect
  readonly resource: Operation['resource']
  readonly isStreaming: boolean
  readonly bytes: number
  private readonly view: ChatView
  private readonly options: ChatOptions
  private read: RequestContent | undefined
  private known: OperationFacts | undefined

  constructor(view: ChatView, bytes: number, options: ChatOptions) {
    this.view = view
    this.bytes = bytes
    this.options = options
    this.resource = { kind: 'model', name: view.model }
    this.isStreaming = view.isStreaming
  }

  /** Tools and media are read when somebody asks; most calls meet no policy that does. */
  get facts(): OperationFacts {
    const { view } = this
    this.known ??= {
      ...(view.maxOutputTokens === undefined ? {} : { maxOutputTokens: view.maxOutputTokens }),
      tools: toolNames(view),
      media: [...new Set(this.contentOf().media.map(({ kind }) => kind))],
    }
    return this.known
  }

  content(): Content {
    const { slots, media } = this.contentOf()
    return { pieces: slots.map((slot) => pieceOf(this.view, slot)), media }
  }

  edit(edits: readonly Edit[]): Operation {
    const { document } = this.view
    const { slots } = this.contentOf()
    const unknown = edits.find(({ channel }) => !slots.some((slot) => slot.channel === channel))
    if (unknown) throw unknownChannel(unknown.channel)
    const splices = slots.flatMap((slot) => {
      const own = edits.filter(({ channel }) => channel === slot.channel)
      return own.length === 0 ? [] : spliceSlot(document, slot, own)
    })
    return new Chat(viewChat(splice(document.bytes, splices), this.options), this.bytes, this.options)
  }

  demand(): Demand {
    return demandOf(this.view, { content: () => this.contentOf(), hasServerTools: () => hasServerTools(this.view) })
  }

  async attempt(attempt: Attempt): Promise<Reply> {
    const { view } = this
    const { target, depth, outputCap } = attempt
    const provider = this.options.providerOf(target)
    const body = translate(view, { model: target.model, departures: provider.departures, outputCap })
    const response = await provider.send({ protocol: dialect, path: '/chat/completions', body, isStreaming: view.isStreaming, attempt })
    return readReply(response, {
      provider,
      depth,
      isStreaming: view.isStreaming,
      swallowsUsage: !view.wantsUsage && provider.departures.usageInStream,
    })
  }

  private contentOf(): RequestContent {
    this.read ??= readContent(this.view)
    return this.read
  }
}
