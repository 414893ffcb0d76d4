import { createHash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { canonical } from '../../../contracts/canonical.ts';
import type { NoteSigner } from '../../../kernel/merkle/note.ts';

export const manifestFile = 'manifest.json';
export const signatureFile = 'manifest.sig';
/** What a package holds beside its manifest and signature. */
export const contentFiles = [
  'data.csv',
  'data.ndjson',
  'data.parquet',
  'data-dictionary.json',
  'privacy-report.json',
  'privacy-report.html',
] as const;
export type ContentFile = (typeof contentFiles)[number];
export type Contents = Readonly<Record<ContentFile, Uint8Array>>;

const closed = { additionalProperties: false };
const hash = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256' });
const whole = Type.Integer({ minimum: 0 });
const text = Type.String({ minLength: 1, maxLength: 1000 });

export const manifestSchema = Type.Object(
  {
    format: Type.Literal('healthchain-release/1'),
    release: text,
    study: Type.Object({ id: text, title: text }, closed),
    releasedAt: Type.String({ pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$` }),
    definition: hash,
    consentSnapshot: hash,
    files: Type.Array(Type.Object({ name: Type.Enum([...contentFiles]), bytes: whole, sha256: hash }, closed)),
    contents: hash,
    ledger: Type.Optional(Type.Object({ transaction: text, block: whole }, closed)),
    vkey: text,
  },
  closed,
);
export type Manifest = Static<typeof manifestSchema>;

/** What a manifest says beside its files. */
export interface ReleaseNotes {
  release: string;
  study: { id: string; title: string };
  /** Milliseconds since the epoch. */
  releasedAt: number;
  /** SHA-256 of the cohort's definition, and of the consents that the release rests on; hex. */
  definition: string;
  consentSnapshot: string;
  /** Where the digest of the contents is anchored. */
  ledger?: { transaction: string; block: number };
}

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

type FileEntry = Manifest['files'][number];

const entriesOf = (contents: Contents): FileEntry[] =>
  contentFiles.map((name) => ({ name, bytes: contents[name].length, sha256: sha256(contents[name]) }));

/** The one hash of all files: what the ledger anchors before the manifest can say where. */
export const digestOf = (contents: Contents): string => digestOfEntries(entriesOf(contents));
export const digestOfEntries = (files: readonly FileEntry[]): string => sha256(canonical(files));

/**
 * The package's files: the contents, the manifest, and its signature. Manifest, an empty line and the signature are a
 * signed note (https://c2sp.org/signed-note). Equal arguments give equal bytes.
 */
export async function sealed(
  contents: Contents,
  notes: ReleaseNotes,
  signer: NoteSigner,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { release, study, releasedAt, definition, consentSnapshot, ledger } = notes;
  const files = entriesOf(contents);
  const manifest: Manifest = {
    format: 'healthchain-release/1',
    release,
    study: { id: study.id, title: study.title },
    releasedAt: new Date(releasedAt).toISOString(),
    definition,
    consentSnapshot,
    files,
    contents: digestOfEntries(files),
    ...(ledger && { ledger: { transaction: ledger.transaction, block: ledger.block } }),
    vkey: signer.vkey,
  };
  const signedText = `${JSON.stringify(manifest, undefined, 2)}\n`;
  const note = await signer.sign(signedText);
  return new Map<string, Uint8Array>([
    ...contentFiles.map((name): [string, Uint8Array] => [name, contents[name]]),
    [manifestFile, Buffer.from(signedText)],
    [signatureFile, Buffer.from(note.slice(signedText.length + 1))],
  ]);
}
