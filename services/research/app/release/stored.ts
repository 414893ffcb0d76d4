import type { SealedAppend } from '../../../../kernel/eventstore/sealed.ts';
import { undefinedWhereErased } from '../../../../kernel/keys/erased.ts';
import type { Keyring } from '../../../../kernel/keys/keyring.ts';
import type { ResearchEvent } from '../../domain/event.ts';
import { type ContentFile, type Contents, contentFiles } from '../../package/manifest.ts';
import type { ResearchLog } from '../log.ts';
import { appended, type Pieces, whole } from './pieces.ts';
import { columnsFile, columnsStream, registryOwner } from './registrations.ts';

const packageStream = (release: string) => `package/${release}`;
/** Once its key is destroyed, nobody opens the package any more. */
export const packageOwner = (release: string) => `release/${release}`;
const membersStream = (release: string) => `members/${release}`;
const membersOwner = membersStream;
const members = 'members';

/** What is kept of releases: packages, each under a key of its own, and whom a release holds until each one's own stream says it. */
export interface Stored {
  /** All of it, before an event names the release: what nothing names is not there. */
  keep(release: string, kept: { contents: Contents; columns: Uint8Array; patients: readonly string[] }): Promise<void>;
  contents(release: string): Promise<Contents>;
  /** Undefined once they are forgotten. */
  patients(release: string): Promise<readonly string[] | undefined>;
  forgetPatients(release: string): Promise<void>;
  /** More files of the package, to be appended with the event that makes it whole. */
  rest(release: string, files: Iterable<readonly [string, Uint8Array]>): Promise<SealedAppend<ResearchEvent>>;
  file(release: string, name: string): AsyncIterable<Uint8Array>;
  /** Nobody opens the package or finds its people by it any more. */
  destroy(release: string): Promise<void>;
}

export function stored(log: ResearchLog, pieces: Pieces, keyring: Keyring): Stored {
  const file = (release: string, name: string) => pieces.read(packageStream(release), name);
  return {
    async keep(release, { contents, columns, patients }) {
      const files = contentFiles.map((name) => [name, contents[name]] as const);
      await pieces.store(packageStream(release), packageOwner(release), files);
      await pieces.store(columnsStream(release), registryOwner, [columnsFile(columns)]);
      const list = Buffer.from(JSON.stringify(patients));
      await pieces.store(membersStream(release), membersOwner(release), [[members, list]]);
    },
    async contents(release) {
      const found: Partial<Record<ContentFile, Uint8Array>> = {};
      for (const name of contentFiles) found[name] = await whole(file(release, name));
      return found as Contents;
    },
    async patients(release) {
      const list = await whole(pieces.read(membersStream(release), members)).catch(undefinedWhereErased);
      return list && (JSON.parse(list.toString()) as string[]);
    },
    forgetPatients: (release) => keyring.destroy(membersOwner(release)),
    async rest(release, files) {
      const stream = packageStream(release);
      return appended(stream, await log.version(stream), packageOwner(release), files);
    },
    file,
    async destroy(release) {
      await keyring.destroy(packageOwner(release)); // first: without its people it must not be found whole
      await keyring.destroy(membersOwner(release));
    },
  };
}
