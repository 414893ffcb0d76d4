/**
 * Preload, `node --import ./kernel/tracing.ts`: exports spans by OTLP to OTEL_EXPORTER_OTLP_ENDPOINT; the standard's
 * other OTEL_* variables hold too. Where it is unset nothing is loaded and no span is made. Spans come from `spans.ts`
 * only: no instrumentation that could put a query or a path with an id into an attribute is registered.
 */
if (process.env.OTEL_EXPORTER_OTLP_ENDPOINT && process.env.OTEL_SDK_DISABLED !== 'true') {
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  new NodeSDK({
    serviceName: process.env.OTEL_SERVICE_NAME || 'healthchain',
    autoDetectResources: false, // host, user and command line are nobody's business
    metricReaders: [], // /metrics is there for that
    logRecordProcessors: [],
  }).start();
}
