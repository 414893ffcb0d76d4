import { isResourceType } from '../../../contracts/rules/vocabulary.ts';
import { Failure } from '../../../kernel/errors.ts';
import { historyBundle, searchset } from './answers.ts';
import { bundles, type CarryOut } from './bundle.ts';
import type { Caller } from './caller.ts';
import type { Everything } from './everything.ts';
import type { OrderLabels } from './orderLabels.ts';
import type { Peers } from './peers.ts';
import type { Reader } from './read.ts';
import type { Relabel } from './relabel.ts';
import type { Searcher } from './search.ts';
import type { Share } from './share.ts';
import type { Write } from './write.ts';

/** What records can do; REST and gRPC both call only this. */
export interface RecordsApp extends Reader {
  /** A page of a search as a searchset Bundle, JSON. */
  search(caller: Caller, type: string, query: string): Promise<string>;
  /** Page by page, consent asked anew for each. */
  pages: Searcher['pages'];
  /** A patient's whole compartment and what it refers to, page by page as a searchset. */
  everything(caller: Caller, patient: string, query: string): Promise<string>;
  /** Hands a patient's summary to another organisation, under an agreement. */
  share: Share;
  write: Write;
  orderLabels: OrderLabels;
  relabel: Relabel;
  bundle: CarryOut;
  peers: Peers;
  /** The CapabilityStatement, JSON. */
  capability: string;
}

interface Parts {
  reader: Reader;
  searcher: Searcher;
  everything: Everything;
  share: Share;
  write: Write;
  orderLabels: OrderLabels;
  relabel: Relabel;
  peers: Peers;
  capability: string;
  fhirBase: string;
}

export function recordsApp({
  reader,
  searcher,
  everything,
  share,
  write,
  orderLabels,
  relabel,
  peers,
  capability,
  fhirBase,
}: Parts): RecordsApp {
  const search = async (caller: Caller, type: string, query: string) =>
    searchset(await searcher.search(caller, type, query), fhirBase);

  /** What a GET below the base answers, for bundles. */
  async function get(caller: Caller, url: string): Promise<string> {
    const [, type, id, history, version, query] =
      /^\/?([A-Za-z]+)(?:\/([A-Za-z0-9.-]{1,64})(\/_history(?:\/(\d{1,9}))?)?)?(?:\?(.*))?$/.exec(url) ?? [];
    if (!type || !isResourceType(type)) throw new Failure('not-supported', 'A bundle reads resources of FHIR R4 only.');
    if (type === 'Consent')
      return id ? peers.readConsent(caller, id, Number(version ?? 0)) : peers.searchConsents(caller, query ?? '');
    if (type === 'AuditEvent')
      return id ? peers.readAuditEvent(caller, id) : peers.searchAuditEvents(caller, query ?? '');
    if (!id) return search(caller, type, query ?? '');
    if (version) return (await reader.vread(caller, type, id, Number(version))).event.json;
    if (history) return historyBundle(await reader.history(caller, type, id), fhirBase);
    return (await reader.read(caller, type, id)).event.json;
  }

  return {
    ...reader,
    search,
    pages: searcher.pages,
    everything: async (caller, patient, query) => searchset(await everything(caller, patient, query), fhirBase),
    share,
    write,
    orderLabels,
    relabel,
    bundle: bundles({ write, get }),
    peers,
    capability,
  };
}
