/** Header of HTTP and metadata of gRPC; the trail tells of it (IHE BALP, XrequestId). */
export const requestIdHeader = 'x-request-id';

/** A caller's request id, where it is one that can stand in logs. */
export function saneRequestId(header: unknown): string | undefined {
  return typeof header === 'string' && /^[\w.-]{8,64}$/.test(header) ? header : undefined;
}
