import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { undefinedWhereErased } from '../../../kernel/keys/erased.ts';
import type { ViewDocument, Views, ViewWrite } from '../../../kernel/views/port.ts';
import type { Projection } from '../../../kernel/views/projection.ts';
import type { Agreement } from '../domain/agreement.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import { type AgreementStreams, idOf } from './agreementStreams.ts';

/** Where agreements are; what they say stands in their streams alone. The documents hold random ids and no body. */
export interface AgreementViews {
  ofPatient(patient: string): Promise<string[]>;
  /** Those that an organisation asked for, or that are about what it holds. */
  ofOrganization(organization: string): Promise<string[]>;
  /** Those that rest on a consent. */
  onConsent(consent: string): Promise<string[]>;
  /** Those whose period is over by the clock, and those whose deletion nobody has attested or missed in time. */
  due(now: number): Promise<string[]>;
}

const collection = 'agreements';
/** Documents looked through at most. */
const most = 1_000;
/** Of an agreement that nothing more is awaited of. */
const settled = Number.MAX_SAFE_INTEGER;

export function agreementViews(views: Views): AgreementViews {
  const find = async (where: Record<string, string>, to?: number) => {
    const range = to === undefined ? { descending: true } : { to };
    return (await views.find(collection, { where, limit: most, ...range })).map(({ id }: ViewDocument) => id);
  };
  return {
    ofPatient: (patient) => find({ patient }),
    ofOrganization: (organization) => find({ organization }),
    onConsent: (consent) => find({ consent }),
    due: (now) => find({ awaited: 'yes' }, now),
  };
}

/** Each document says what its stream comes to now, so that it is the same however often it is made. */
export function agreementProjection(agreements: AgreementStreams): Projection<ConsentServiceEvent> {
  return {
    collections: [collection],
    async apply({ stream }: Recorded<ConsentServiceEvent>): Promise<ViewWrite[]> {
      if (!stream.startsWith('agreement/')) return [];
      const id = idOf(stream);
      const agreement = await agreements.find(id).catch(undefinedWhereErased);
      return agreement ? [documentOf(id, agreement)] : [];
    },
  };
}

function documentOf(id: string, agreement: Agreement): ViewWrite {
  const { version, proposal, acceptance } = agreement;
  const { patient, requester, custodian } = proposal;
  const at = awaitedAt(agreement);
  const keys = {
    patient,
    organization: [requester, custodian],
    awaited: at === undefined ? 'no' : 'yes',
    ...(acceptance && { consent: acceptance.consent }),
  };
  return { collection, id, version, keys, sort: at ?? settled, body: new Uint8Array() };
}

/** When the clock alone makes something of it: its end, or the day by which the deletion should be attested. */
function awaitedAt({ status, proposal, end, overdue, attestation }: Agreement): number | undefined {
  if (status !== 'ended') return proposal.terms.until;
  return overdue || attestation ? undefined : end?.eraseBy;
}
