// One chat completion as the gate sees it: looked at, edited, bounded in cost, attempted.

import type { Edit } from '../../../../contract/content.ts'
import type { Operation } from '../../../../contract/operation.ts'
import type { Attempt, Content, Demand, OperationFacts, Reply } from '../../../../contract/traffic.ts'
import { splice } from '../../../../kit/splice.ts'
import type { ProviderOf } from '../../provider.ts'
import { demandOf } from './demand.ts'
import { unknownChannel } from './reply-edit.ts'
import { readReply } from './reply.ts'
import { pieceOf, readContent, unreadSlots } from './request-content.ts'
import type { RequestContent } from './request-content.ts'
import { hasServerTools, toolNames } from './request-tools.ts'
import { byChannel, spliceSlot } from './slot.ts'
import type { Slot } from './slot.ts'
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
  private unread: readonly Slot[] | undefined
  private known: OperationFacts | undefined
  private most: Demand | undefined

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
    const { media } = this.contentOf()
    return { pieces: this.guarded().map((slot) => pieceOf(this.view, slot)), media }
  }

  edit(edits: readonly Edit[]): Operation {
    const { document } = this.view
    const groups = byChannel(edits)
    const splices = this.guarded().flatMap((slot) => {
      const own = groups.get(slot.channel)
      groups.delete(slot.channel)
      return own ? spliceSlot(document, slot, own) : []
    })
    const [unknown] = groups.keys()
    if (unknown !== undefined) throw unknownChannel(unknown)
    return new Chat(viewChat(splice(document.bytes, splices), this.options), this.bytes, this.options)
  }

  demand(): Demand {
    this.most ??= demandOf(this.view, { content: () => this.contentOf(), hasServerTools: () => hasServerTools(this.view) })
    return this.most
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

  /** What guards read: the fields that we know, and the rest. */
  private guarded(): readonly Slot[] {
    const { slots } = this.contentOf()
    this.unread ??= unreadSlots(this.view, slots)
    return [...slots, ...this.unread]
  }

  private contentOf(): RequestContent {
    this.read ??= readContent(this.view)
    return this.read
  }
}
