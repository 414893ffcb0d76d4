import type { ResourceFacts } from '../../../contracts/rules/facts.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Content, ResourceEvent } from '../domain/resource.ts';
import type { Fhir } from '../fhir/fhir.ts';
import type { Labeller } from '../labels/labeller.ts';
import { type Guarded, notForYou } from './decision.ts';
import type { Choice } from './guard.ts';
import type { Entry } from './views.ts';

/** How the service looks at resources. */
export interface Contents {
  /** Whose record a resource is part of, sorted. */
  patientsIn(resource: Content): string[];
  /** Whether resources of this type are nobody's record: readable with scope, and open to ids that the client chose. */
  isDirectory(type: string): boolean;
  /** A resource as it is now, as consent looks at it. */
  guarded(event: ResourceEvent): Guarded;
  /**
   * An earlier version, as consent looks at it today: under its own labels, those of the newest version, and those that
   * the table would give it now.
   */
  guardedPast(event: ResourceEvent, newest: ResourceEvent): Guarded;
  /** An entry of the index as consent looks at it. */
  guardedEntry(entry: Entry): Guarded;
  /** Whoever may not read something does not learn whether it is there; of what is nobody's record everybody may know. */
  refused(type: string, id: string): Choice<never>;
}

export function contents(
  fhir: Pick<Fhir, 'patientsOf' | 'mayConcernPatient' | 'factsOf'>,
  labeller: Pick<Labeller, 'computed'>,
): Contents {
  const directories = new Map<string, boolean>();
  function isDirectory(type: string): boolean {
    const known = directories.get(type) ?? !fhir.mayConcernPatient(type);
    directories.set(type, known);
    return known;
  }
  const isPersonal = (type: string, patients: readonly string[]) => patients.length > 0 || !isDirectory(type);
  const factsOf = (event: ResourceEvent) => fhir.factsOf(contentOf(event), event.author);
  function withFacts(event: ResourceEvent, draw: () => ResourceFacts): Guarded {
    const { resourceType, patients, author } = event;
    const personal = isPersonal(resourceType, patients);
    return { patients, author, personal, facts: () => lazyFacts(event, draw) };
  }
  function pastFacts(event: ResourceEvent, newest: ResourceEvent): ResourceFacts {
    const content = contentOf(event);
    const facts = fhir.factsOf(content, event.author);
    return { ...facts, labels: [...facts.labels, ...factsOf(newest).labels, ...labeller.computed(content)] };
  }
  return {
    patientsIn: fhir.patientsOf,
    isDirectory,
    guarded: (event) => withFacts(event, () => factsOf(event)),
    guardedPast: (event, newest) => withFacts(event, () => pastFacts(event, newest)),
    guardedEntry: ({ type, patients, author, facts }) => ({
      ...{ patients, author },
      personal: isPersonal(type, patients),
      facts: () => facts,
    }),
    refused(type, id) {
      const refusal = isDirectory(type) ? new Failure('not-found', 'There is no such resource here.') : notForYou();
      return { entities: [{ type, id }], refusal };
    },
  };
}

/** Whose key seals it: the first patient's, or else its organisation's. */
export const ownerOf = ({ patients, author }: Pick<ResourceEvent, 'patients' | 'author'>): string =>
  patients[0] ?? `organization/${author}`;

/** A stored version's resource. */
export const contentOf = ({ json }: Pick<ResourceEvent, 'json'>): Content => JSON.parse(json);

/** What the envelope does not say is drawn from the content only where a rule asks for it: most ask who wrote it. */
function lazyFacts({ resourceType, id, author }: ResourceEvent, draw: () => ResourceFacts): ResourceFacts {
  let drawn: ResourceFacts | undefined;
  const facts = () => (drawn ??= draw());
  return {
    ...{ type: resourceType, id, authorOrganization: author },
    get authors() {
      return facts().authors;
    },
    get codes() {
      return facts().codes;
    },
    get labels() {
      return facts().labels;
    },
    get periodStart() {
      return facts().periodStart;
    },
    get periodEnd() {
      return facts().periodEnd;
    },
    get references() {
      return facts().references;
    },
  };
}
