import type { DescService } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Idempotency } from '@bufbuild/protobuf/wkt';

/**
 * gRPC's service config (gRFC A6) for a service: what may be repeated, as its proto says by `idempotency_level`, is
 * tried three times where the server could not be reached. A retry is paid for by the calls that succeed, so that
 * retries do not become the load. Calls go to all replicas that the address leads to, in turn.
 */
export function serviceConfig({ typeName, methods }: DescService): string {
  const repeatable = methods.filter(({ idempotency }) => idempotency !== Idempotency.IDEMPOTENCY_UNKNOWN);
  const policy = {
    maxAttempts: 3,
    initialBackoff: '0.1s',
    maxBackoff: '1s',
    backoffMultiplier: 3,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  const name = repeatable.map((method) => ({ service: typeName, method: method.name }));
  return JSON.stringify({
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: name.length > 0 ? [{ name, retryPolicy: policy }] : [],
    retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
  });
}
