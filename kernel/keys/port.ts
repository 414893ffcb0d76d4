/**
 * The key service: wrapping keys that never leave it, one for each service and owner, and the long-lived secrets of a
 * deployment. Adapters: `local.ts` (a file of its own, outside the stores' backup), a KMS; one `conformance.ts`.
 */
export interface KeyService {
  /** Creates the wrapping key `name` unless it exists. A destroyed name can never be created again: throws Failure `deleted`. */
  create(name: string): Promise<void>;
  /** Wraps a data key. Throws Failure `not-found` or `deleted` where there is no such key. */
  wrap(name: string, dataKey: Uint8Array): Promise<Uint8Array>;
  /** Unwraps. Throws as `wrap`, and Failure `invalid` for bytes that this key did not wrap. */
  unwrap(name: string, wrapped: Uint8Array): Promise<Uint8Array>;
  /** Whether the key is there now; asked before each use of a cached data key, so it must be cheap. */
  exists(name: string): Promise<boolean>;
  /** Destroys the key for ever: nothing it wrapped opens again, in any copy of any store. Idempotent. */
  destroy(name: string): Promise<void>;
  /**
   * A long-lived secret (signing key, keyed-hash key): the stored one, or `make()`'s result, stored first.
   * Racing callers get the same bytes.
   */
  secret(name: string, make: () => Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}
