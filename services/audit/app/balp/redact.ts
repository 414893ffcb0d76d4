import type { AuditDetail } from '../../../../proto/gen/healthchain/event/v1/event_pb.ts';

/**
 * The detail of an entry about several patients as one of them may see it: who did what kind of thing, and when. The
 * resources, the query and the consents could name the others, so they are left out.
 */
export function redacted(detail: AuditDetail, visible: readonly string[]): AuditDetail {
  const { decision } = detail;
  return {
    ...detail,
    patients: [...visible],
    entities: [],
    query: new Uint8Array(),
    ...(decision && { decision: { ...decision, basis: [], breakGlass: '' } }),
  };
}
