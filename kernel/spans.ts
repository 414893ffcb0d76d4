import {
  type Context,
  context,
  type ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { asFailure } from './errors.ts';

/** Every attribute a span can have: names from nowhere else, and none that could carry patient data. */
const attributes = [
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'rpc.system.name',
  'rpc.method',
  'messaging.operation.name',
  'messaging.destination.name',
  'error.type',
] as const;
export type SpanAttributes = Partial<Record<(typeof attributes)[number], string | number>>;

const provider = () => trace.getTracerProvider() as ProxyTracerProvider;

/** Whether `tracing.ts` was preloaded and exports. */
export const traced = (): boolean => provider().getDelegateTracer?.('healthchain') !== undefined;

/** Headers that tell another process of the active span. */
export function traceHeaders(): Record<string, string> {
  const headers = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** The active span as a `traceparent`; undefined where nothing is exported. */
export const activeTrace = (): string | undefined => (traced() ? traceHeaders().traceparent : undefined);

/** The context that a caller's headers (W3C Trace Context) tell of. */
export const contextOf = (carrier: Record<string, unknown>): Context => propagation.extract(ROOT_CONTEXT, carrier);

/** Starts the span of something that was asked of this process. Names hold templates and methods, never values. */
export function startSpan(name: string, parent: Context, given: SpanAttributes, kind = SpanKind.SERVER): Span {
  return trace.getTracer('healthchain').startSpan(name, { kind, attributes: { ...given } }, parent);
}

/** Ends a span; a failure is told by its code alone. */
export function endSpan(span: Span, given: SpanAttributes = {}): void {
  span.setAttributes({ ...given });
  if (given['error.type']) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** Runs `work` inside a span of its own. */
export async function inSpan<T>(name: string, given: SpanAttributes, work: () => Promise<T>): Promise<T> {
  const span = startSpan(name, context.active(), given);
  try {
    const result = await context.with(trace.setSpan(context.active(), span), work);
    endSpan(span);
    return result;
  } catch (error) {
    endSpan(span, { 'error.type': asFailure(error).code });
    throw error;
  }
}

/** Runs the work on messages inside a span for each that came with a trace, in that trace. */
export async function inTracesOf(
  messages: readonly { topic: string; headers: Record<string, string> }[],
  work: () => Promise<void>,
): Promise<void> {
  if (!traced()) return work();
  const spans = messages
    .filter(({ headers }) => headers.traceparent)
    .map(({ topic, headers }) => {
      const given = { 'messaging.operation.name': 'process', 'messaging.destination.name': topic };
      return startSpan(`process ${topic}`, contextOf(headers), given, SpanKind.CONSUMER);
    });
  const end = (given: SpanAttributes) => {
    for (const span of spans) endSpan(span, given);
  };
  try {
    await work();
    end({});
  } catch (error) {
    end({ 'error.type': asFailure(error).code });
    throw error;
  }
}

/** As `inSpan`, for work that yields: it is over when the last answer is, or nobody wants more. */
export function inSpanEach<T>(name: string, given: SpanAttributes, work: () => AsyncIterable<T>): AsyncIterable<T> {
  const parent = context.active(); // a generator's body runs later, in whatever context asks for its first answer
  return eachInSpan(startSpan(name, parent, given), parent, work);
}

async function* eachInSpan<T>(span: Span, parent: Context, work: () => AsyncIterable<T>): AsyncGenerator<T> {
  const active = trace.setSpan(parent, span);
  const answers = context.with(active, () => work()[Symbol.asyncIterator]());
  try {
    for (;;) {
      const { done, value } = await context.with(active, () => answers.next());
      if (done) break;
      yield value;
    }
    endSpan(span);
  } catch (error) {
    endSpan(span, { 'error.type': asFailure(error).code });
    throw error;
  } finally {
    if (span.isRecording()) endSpan(span);
    await answers.return?.();
  }
}

/** What a log line says of the span that is active, if one is. */
export function spanIds(): { trace_id?: string; span_id?: string } {
  const active = trace.getActiveSpan()?.spanContext();
  return active ? { trace_id: active.traceId, span_id: active.spanId } : {};
}

/** Sends what is not exported yet; before a process ends. */
export async function flushSpans(): Promise<void> {
  const delegate = provider().getDelegate?.() as { forceFlush?(): Promise<void> } | undefined;
  await delegate?.forceFlush?.().catch(() => {}); // a collector that is away must not make the end a failure
}
