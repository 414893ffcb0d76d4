import { Failure } from '../../../kernel/errors.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { ViewDocument, Views, ViewWrite } from '../../../kernel/views/port.ts';
import type { Projection } from '../../../kernel/views/projection.ts';
import type { Declaration } from '../domain/breakGlass.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import type { Folded } from './fold.ts';
import type { PatientStreams } from './streams.ts';

/**
 * Where things are: which patient's stream holds a consent or a declaration. What they say stands in the stream alone;
 * the documents hold random ids, keyed hashes and codes of our own, and no body.
 */
export interface Whereabouts {
  patientOfConsent(consent: string): Promise<string | undefined>;
  /** Consents that an organisation filed or that name it or the person, newest first. */
  consentsFor(reader: { organization: string; subject: string }): Promise<Located[]>;
  patientOfDeclaration(id: string): Promise<string | undefined>;
  /** Declarations by an organisation's clinicians, those that ended last first. */
  declarationsOf(organization: string, unreviewed: boolean): Promise<Located[]>;
  /** All of them, however many. */
  allDeclarationsOf(organization: string): AsyncIterable<Located>;
  /** Declarations that are over by the clock and that nobody has ended. */
  expired(now: number): Promise<Located[]>;
}
export interface Located {
  id: string;
  patient: string;
}

const consents = 'consents';
const declarations = 'break-glass';
/** Documents looked through at most. */
const most = 1_000;

export function whereabouts(views: Views, keyring: Keyring): Whereabouts {
  const patientOf = async (collection: string, id: string) => {
    const document = await views.get(collection, id);
    return document && located(document).patient;
  };
  const find = async (collection: string, where: Record<string, string>, to?: number) => {
    const range = to === undefined ? { descending: true } : { to };
    return (await views.find(collection, { where, limit: most, ...range })).map(located);
  };
  return {
    patientOfConsent: (consent) => patientOf(consents, consent),
    async consentsFor({ organization, subject }) {
      const readers = [`Organization/${organization}`, `Practitioner/${subject}`];
      const found = await Promise.all(readers.map((each) => find(consents, { reader: keyring.mac(each) })));
      return [...new Map(found.flat().map((each) => [each.id, each])).values()];
    },
    patientOfDeclaration: (id) => patientOf(declarations, id),
    declarationsOf: (organization, unreviewed) =>
      find(declarations, { organization, ...(unreviewed && { reviewed: 'no' }) }),
    async *allDeclarationsOf(organization) {
      let after: { sort: number; id: string } | undefined;
      for (;;) {
        const page = await views.find(declarations, { where: { organization }, limit: most, ...(after && { after }) });
        yield* page.map(located);
        after = page.at(-1);
        if (page.length < most) return;
      }
    },
    expired: (now) => find(declarations, { ended: 'no' }, now),
  };
}

const located = ({ id, keys }: ViewDocument): Located => ({ id, patient: String(keys.patient) });

/** Each document says what its stream comes to now, so that it is the same however often and in whatever order it is made. */
export function whereaboutsProjection(streams: PatientStreams, keyring: Keyring): Projection<ConsentServiceEvent> {
  return {
    collections: [consents, declarations],
    async apply(recorded: Recorded<ConsentServiceEvent>): Promise<ViewWrite[]> {
      const { owner, event } = recorded;
      switch (event.type) {
        case 'ConsentGranted':
        case 'ConsentAmended':
        case 'ConsentRevoked':
          return consentDocument(await currentUnlessErased(streams, owner), recorded, event.consent);
        case 'BreakGlassDeclared':
        case 'BreakGlassEnded':
        case 'BreakGlassReviewed':
          return declarationDocument(await currentUnlessErased(streams, owner), recorded, event.id);
        default: // nothing of where consents and declarations are
          return [];
      }
    },
  };

  /** Its last change orders it: what was changed since waits for that event. */
  function consentDocument(
    folded: Folded | undefined,
    { owner: patient, version, at: sort }: Recorded<unknown>,
    id: string,
  ): ViewWrite[] {
    const entry = folded?.patient.consents.get(id);
    if (!folded || entry?.positions.at(-1) !== version) return [];
    const filer = entry.by.organization && `Organization/${entry.by.organization}`;
    const readers = new Set([...(filer ? [filer] : []), ...namedBy(folded, id)]);
    const keys = { patient, reader: [...readers].map((reader) => keyring.mac(reader)) };
    return [{ collection: consents, id, version, keys, sort, body: nothing }];
  }
}

const nothing = new Uint8Array();

/** References of everybody whom the current statement of a consent names. */
export function namedBy({ rules }: Folded, consent: string): string[] {
  const found = rules.consents.find(({ id }) => id === consent);
  if (!found) return [];
  const look = ({ actors = [], provisions }: typeof found.statement.root): string[] => [
    ...actors.flatMap(({ reference }) => reference ?? []),
    ...provisions.flatMap(look),
  ];
  return look(found.statement.root);
}

function declarationDocument(
  folded: Folded | undefined,
  { owner: patient, version }: Recorded<unknown>,
  id: string,
): ViewWrite[] {
  const declaration = folded?.patient.declarations.get(id);
  if (!declaration) return [];
  const keys = keysOf(declaration, patient);
  return [{ collection: declarations, id, version, keys, sort: declaration.until, body: nothing }];
}

function keysOf({ organization, endedAt, review }: Declaration, patient: string): Record<string, string> {
  const yes = (value: unknown) => (value === undefined ? 'no' : 'yes');
  return { patient, organization, ended: yes(endedAt), reviewed: yes(review) };
}

/** The stream folded; undefined where the patient's key is destroyed. */
export async function currentUnlessErased(streams: PatientStreams, patient: string): Promise<Folded | undefined> {
  try {
    return await streams.current(patient);
  } catch (error) {
    if (error instanceof Failure && error.code === 'deleted') return undefined;
    throw error;
  }
}
