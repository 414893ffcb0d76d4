import { fromBinary } from '@bufbuild/protobuf';
import type { Bus, Received, Subscription } from '../../../kernel/bus/port.ts';
import { EventType, PublicEventSchema } from '../../../proto/gen/healthchain/event/v1/event_pb.ts';

export const group = 'research';
export const topics = ['healthchain.consent.v1'] as const;

/**
 * Consent's public events tell that somebody's consents changed, and not whose: a wake-up, on which consent is asked
 * about everybody in a release. One that is lost or late is made up for by the next, or by time.
 */
export const reactTo = (bus: Bus, consentsChanged: () => void): Promise<Subscription> =>
  bus.subscribe({
    ...{ group, topics },
    async handle(batch) {
      if (batch.some(concerns)) consentsChanged();
    },
  });

const changes: readonly EventType[] = [
  EventType.CONSENT_GRANTED, // a dissent is one too
  EventType.CONSENT_AMENDED,
  EventType.CONSENT_REVOKED,
];

const concerns = ({ value }: Received): boolean => changes.includes(fromBinary(PublicEventSchema, value).type);
