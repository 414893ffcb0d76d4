import type { Receipt } from '../app/idempotency.ts';

/** What a change of a consent is acknowledged with, over REST. */
export const receiptDocument = ({ consent, version, streamVersion, event }: Receipt) => ({
  consent,
  version,
  stream_version: streamVersion,
  event,
});
