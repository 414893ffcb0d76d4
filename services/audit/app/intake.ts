import { fromBinary } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { BusMessage } from '../../../kernel/bus/port.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { DetailOpener } from '../../../kernel/keys/detail.ts';
import { AuditDetailSchema, PublicEventSchema } from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import type { SequencedEntry } from '../domain/event.ts';

/** A public event as it came, opened; it has no place in the log yet. */
export interface Arrival extends Pick<SequencedEntry, 'id' | 'occurred' | 'patients' | 'organizations'> {
  /** Its exact bytes. */
  event: Uint8Array;
  detail: Uint8Array;
}

/** Reads a message of the bus. Throws Failure `invalid` where it is no public event, or not for this service to open. */
export function arrivalOf({ id, value }: Pick<BusMessage, 'id' | 'value'>, open: DetailOpener): Arrival {
  const event = decode(PublicEventSchema, value);
  if (event.id !== id || !event.detail || !event.occurredAt) throw malformed();
  const bytes = open(id, event.detail);
  const detail = decode(AuditDetailSchema, bytes);
  const organizations = [detail.agent?.organization, detail.custodian].filter(
    (each) => each !== undefined && each !== '',
  );
  return {
    id,
    occurred: timestampMs(event.occurredAt),
    patients: [...new Set(detail.patients)],
    organizations: [...new Set(organizations)] as string[],
    event: value,
    detail: bytes,
  };
}

function decode<D extends typeof PublicEventSchema | typeof AuditDetailSchema>(schema: D, bytes: Uint8Array) {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw malformed(cause);
  }
}

const malformed = (cause?: unknown) => new Failure('invalid', 'This message is not a public event.', { cause });

/** Whose keys seal an arrival: every patient's, else the custodian's, else the acting organisation's. */
export function ownersOf({ patients, organizations }: Arrival): string[] {
  if (patients.length > 0) return patients;
  const organization = organizations.at(-1);
  return [organization ? `organization/${organization}` : 'platform'];
}
